import { UmbraError, type LaneTransaction, type ShadowTransaction } from '@umbra/domain';
import type { AnyJobHandler } from '@umbra/redis';
import type { Instrument, WorkerPorts } from '../src/worker-ports.ts';
import { overlay } from './overlay.ts';
import { onStatements } from './statements.ts';

/** Places at which a process may die, in the order in which a change and then a page of a backfill meet them. */
export const killPoints = [
  'received',
  'raw-inserting',
  'raw-inserted',
  'raw-committed',
  'nudged',
  'lane-locked',
  'merged',
  'rows-written',
  'lane-committed',
  'job-acking',
  'bulk-job-created',
  'bulk-page-staged',
  'delta-closing',
  'ledger-closing',
] as const;

export type KillPoint = (typeof killPoints)[number];

export interface Armed {
  readonly point: KillPoint;
  /** Which pass kills; 1 is the first. */
  readonly pass: number;
}

/** @param text `<point>` or `<point>:<pass>` @throws UmbraError INPUT_CONFIGURATION */
export function parseKillPoint(text: string): Armed {
  const [name = '', pass = '1', ...rest] = text.split(':');
  const point = killPoints.find((known) => known === name);
  if (point === undefined || rest.length > 0 || !/^[1-9]\d{0,5}$/.test(pass))
    throw new UmbraError('INPUT_CONFIGURATION', 'Unknown kill point', {
      problems: [
        `UMBRA_KILL_POINT needs one of ${killPoints.join(', ')}, with :<pass> where it is not the first`,
      ],
    });
  return { point, pass: Number(pass) };
}

export type Passing = (point: KillPoint) => void;

/** Ends the process at the armed pass as a power cut would: no handler runs, no connection is closed. */
export function passingOf({ point, pass }: Armed, kill: () => void): Passing {
  let passed = 0;
  return (here) => {
    if (here !== point) return;
    passed += 1;
    if (passed === pass) kill();
  };
}

/** Puts the kill points around the ports. */
export function armed(passing: Passing): Instrument {
  watchInsertions(passing);
  return {
    ports: (ports) => ({
      streams: streamsOf(ports, passing),
      changes: changesOf(ports, passing),
      shadow: shadowOf(ports, passing),
      queue: queueOf(ports, passing),
      bulk: bulkOf(ports, passing),
      ledger: ledgerOf(ports, passing),
    }),
    handlers: (handlers) => handlers.map((handler) => handlerOf(handler, passing)),
  };
}

function streamsOf({ streams }: WorkerPorts, passing: Passing): WorkerPorts['streams'] {
  return overlay(streams, {
    append: async (lease, batch) => {
      if (batch.events.length === 0) return streams.append(lease, batch);
      passing('received');
      const stored = await streams.append(lease, batch);
      passing('raw-committed');
      return stored;
    },
  });
}

/** Everything that a delta read is merged, and nothing of it is proven yet. */
function ledgerOf({ ledger }: WorkerPorts, passing: Passing): WorkerPorts['ledger'] {
  return overlay(ledger, {
    prove: async (interval, closes) => {
      if (interval.via === 'delta') passing('delta-closing');
      return ledger.prove(interval, closes);
    },
  });
}

/** Inside a transaction there is no port: its statements are recognised on their way to the server. */
function watchInsertions(passing: Passing): void {
  onStatements((text, send) => {
    // The interval is written, the holes that it covers are still open.
    if (text.includes('closed_by = $3, to_at = $5')) passing('ledger-closing');
    if (!text.includes('INSERT INTO sf_raw_event')) return send(text);
    passing('raw-inserting');
    const result = send(text);
    return result instanceof Promise
      ? result.then((rows: unknown) => {
          passing('raw-inserted');
          return rows;
        })
      : result;
  });
}

function queueOf({ queue }: WorkerPorts, passing: Passing): WorkerPorts['queue'] {
  return overlay(queue, {
    add: async (name, payload, options) => {
      await queue.add(name, payload, options);
      if (name === 'apply-changes') passing('nudged');
    },
  });
}

function changesOf({ changes }: WorkerPorts, passing: Passing): WorkerPorts['changes'] {
  return overlay(changes, {
    withLanes: async (lanes, work) => {
      let moved = false;
      const result = await changes.withLanes(lanes, (tx) => {
        moved = false;
        return work(
          laneOf(tx, passing, () => {
            moved = true;
          }),
        );
      });
      if (moved) passing('lane-committed');
      return result;
    },
  });
}

function laneOf(tx: LaneTransaction, passing: Passing, onMoved: () => void): LaneTransaction {
  return overlay(tx, {
    pending: async (limit) => {
      const changes = await tx.pending(limit);
      if (changes.length > 0) passing('lane-locked');
      return changes;
    },
    write: async (records) => {
      passing('merged');
      await tx.write(records);
    },
    applied: async (changes) => {
      passing('rows-written');
      await tx.applied(changes);
      onMoved();
    },
  });
}

function shadowOf({ shadow }: WorkerPorts, passing: Passing): WorkerPorts['shadow'] {
  const stagingOf = (tx: ShadowTransaction): ShadowTransaction =>
    overlay(tx, {
      stage: async (facts, rows, keeper) => {
        const staged = await tx.stage(facts, rows, keeper);
        passing('bulk-page-staged');
        return staged;
      },
    });
  return overlay(shadow, { transaction: (work) => shadow.transaction((tx) => work(stagingOf(tx))) });
}

function bulkOf({ bulk }: WorkerPorts, passing: Passing): WorkerPorts['bulk'] {
  return overlay(bulk, {
    create: async (soql, operation) => {
      const job = await bulk.create(soql, operation);
      passing('bulk-job-created');
      return job;
    },
  });
}

function handlerOf(handler: AnyJobHandler, passing: Passing): AnyJobHandler {
  if (handler.job !== 'apply-changes') return handler;
  return {
    job: 'apply-changes',
    handle: async (payload, context) => {
      await handler.handle(payload, context);
      passing('job-acking');
    },
  };
}
