import { UmbraError } from '@umbra/domain';
import pg from 'pg';
import type { Instrument, WorkerPorts } from '../src/worker-ports.ts';
import { overlay } from './overlay.ts';

/** Mistakes that a worker could make, for showing that the checkers of the end-to-end tests would see them. */
const plantedBugs = {
  /** The position moves behind an event that is not stored. */
  'checkpoint-before-store': { streams: forgetful },
  /** Whoever once owned a topic goes on writing. */
  'fence-ignored': { statements: unfenced },
  /** The applied position moves without the rows. */
  'applied-without-rows': { changes: lazy },
} as const satisfies Record<string, Planted>;

interface Planted {
  readonly streams?: (ports: WorkerPorts) => WorkerPorts['streams'];
  readonly changes?: (ports: WorkerPorts) => WorkerPorts['changes'];
  readonly statements?: () => void;
}

/** @throws UmbraError INPUT_CONFIGURATION */
export function planted(name: string): Instrument {
  if (!Object.hasOwn(plantedBugs, name))
    throw new UmbraError('INPUT_CONFIGURATION', 'Unknown bug', {
      problems: [`UMBRA_PLANTED_BUG needs one of ${Object.keys(plantedBugs).join(', ')}`],
    });
  const bug: Planted = plantedBugs[name as keyof typeof plantedBugs];
  bug.statements?.();
  return {
    ports: (ports) => ({
      ...ports,
      streams: bug.streams?.(ports) ?? ports.streams,
      changes: bug.changes?.(ports) ?? ports.changes,
    }),
    handlers: (handlers) => handlers,
  };
}

function forgetful({ streams }: WorkerPorts): WorkerPorts['streams'] {
  return overlay(streams, {
    append: (lease, batch) => streams.append(lease, { ...batch, events: batch.events.slice(0, -1) }),
  });
}

function lazy({ changes }: WorkerPorts): WorkerPorts['changes'] {
  return overlay(changes, {
    withLanes: (lanes, work) =>
      changes.withLanes(lanes, (tx) => work(overlay(tx, { write: () => Promise.resolve() }))),
  });
}

/** The condition of an append and of a renewal, made true for everybody. */
function unfenced(): void {
  const { prototype } = pg.Client as unknown as { prototype: { query: (...args: unknown[]) => unknown } };
  const { query } = prototype;
  prototype.query = function (this: unknown, ...args: unknown[]): unknown {
    const [text, ...rest] = args;
    if (typeof text !== 'string') return query.apply(this, args);
    const ignored = text.replace(
      'fence = $2 AND lease_owner = $3 AND next_seq >= $4',
      '$2::bigint IS NOT NULL AND $3::text IS NOT NULL AND $4::bigint IS NOT NULL',
    );
    return query.apply(this, [ignored, ...rest]);
  };
}
