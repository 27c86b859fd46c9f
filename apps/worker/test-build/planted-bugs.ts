import { Duplex } from 'node:stream';
import { processEnvironment } from '@umbra/platform';
import { UmbraError, type PlacedRecord } from '@umbra/domain';
import { RedisCache } from '@umbra/redis';
import type { Instrument, WorkerPorts } from '../src/worker-ports.ts';
import { overlay } from './overlay.ts';
import { onStatements } from './statements.ts';

/** Mistakes that a worker could make, for showing that the checkers of the end-to-end tests would see them. */
const plantedBugs = {
  /** The position moves behind an event that is not stored. */
  'checkpoint-before-store': { streams: forgetful },
  /** Whoever once owned a topic goes on writing. */
  'fence-ignored': { statements: unfenced },
  /** The applied position moves without the rows. */
  'applied-without-rows': { changes: lazy },
  /** Prices stay when their product leaves its table, and nobody looks whether it has any. */
  'cascade-allowed': { changes: childrenLeft, shadow: childrenLeftByReads, statements: childless },
  /** Any number of records may be missing from a list of ids. */
  'sweep-without-band': { shadow: credulous },
  /** Whatever ends a stream, the next one begins with what comes next. */
  'latest-on-error': { statements: () => alterRequests(latestWhenAgain()) },
  /** More is asked for than a stream may have outstanding, and than anybody has room for. */
  'unbounded-buffer': { statements: () => alterRequests(greedy) },
  /** The caches are not told of what has changed. */
  'cache-without-invalidation': { statements: silentCache },
  /** What is needed for signing in stands in the text of an error. */
  'secret-in-an-error': { streams: talkative },
} as const satisfies Record<string, Planted>;

interface Planted {
  readonly streams?: (ports: WorkerPorts) => WorkerPorts['streams'];
  readonly changes?: (ports: WorkerPorts) => WorkerPorts['changes'];
  readonly shadow?: (ports: WorkerPorts) => WorkerPorts['shadow'];
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
      shadow: bug.shadow?.(ports) ?? ports.shadow,
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

const staying = (records: readonly PlacedRecord[]): PlacedRecord[] =>
  records.filter(({ home, state }) => state.object !== 'PricebookEntry' || home.kind !== 'aside');

function childrenLeft({ changes }: WorkerPorts): WorkerPorts['changes'] {
  return overlay(changes, {
    withLanes: (lanes, work) =>
      changes.withLanes(lanes, (tx) => work(overlay(tx, { write: (records) => tx.write(staying(records)) }))),
  });
}

function childrenLeftByReads({ shadow }: WorkerPorts): WorkerPorts['shadow'] {
  return overlay(shadow, {
    transaction: (work) =>
      shadow.transaction((tx) => work(overlay(tx, { write: (records) => tx.write(staying(records)) }))),
  });
}

/** A product that leaves is deleted whether it has prices or not. */
function childless(): void {
  const guard = /AND NOT EXISTS \(SELECT FROM \S+ AS child WHERE [^)]*\)/;
  onStatements((text, send) => send(text.replace(guard, '')));
}

function credulous({ shadow }: WorkerPorts): WorkerPorts['shadow'] {
  return overlay(shadow, { livingCount: () => Promise.resolve(1_000_000) });
}

function talkative({ streams }: WorkerPorts): WorkerPorts['streams'] {
  const { values } = processEnvironment();
  let told = false;
  return overlay(streams, {
    append: (lease, batch) => {
      if (told) return streams.append(lease, batch);
      told = true;
      const message = `no connection to ${String(values['DATABASE_URL'])}`;
      return Promise.reject(new UmbraError('STORE_UNAVAILABLE', message));
    },
  });
}

function silentCache(): void {
  RedisCache.prototype.invalidate = () => Promise.resolve();
  RedisCache.prototype.invalidateAllCatalogs = () => Promise.resolve();
}

/** A request for events as it goes over the wire. */
interface Request {
  readonly topic_name?: string;
  readonly replay_preset?: number;
  readonly replay_id?: Uint8Array;
  readonly num_requested: number;
}

/** Changes what is asked of the event bus, behind everything that the product checks. */
function alterRequests(alter: (request: Request) => Request): void {
  const prototype = Duplex.prototype as unknown as { write: (...args: unknown[]) => boolean };
  const { write } = prototype;
  prototype.write = function (this: unknown, ...args: unknown[]): boolean {
    const [chunk, ...rest] = args;
    return write.apply(this, isRequest(chunk) ? [alter(chunk), ...rest] : args);
  };
}

function isRequest(chunk: unknown): chunk is Request {
  return typeof chunk === 'object' && chunk !== null && 'num_requested' in chunk;
}

function latestWhenAgain(): (request: Request) => Request {
  const opened = new Set<string>();
  return ({ replay_id, ...request }) => {
    const { topic_name: topic } = request;
    if (topic !== undefined && opened.has(topic)) return { ...request, replay_preset: 0 };
    if (topic !== undefined) opened.add(topic);
    return replay_id === undefined ? request : { ...request, replay_id };
  };
}

function greedy(request: Request): Request {
  return { ...request, num_requested: request.num_requested * 20 };
}

/** The condition of an append and of a renewal, made true for everybody. */
function unfenced(): void {
  const ours = 'fence = $2 AND lease_owner = $3 AND next_seq >= $4';
  const anybodys = '$2::bigint IS NOT NULL AND $3::text IS NOT NULL AND $4::bigint IS NOT NULL';
  onStatements((text, send) => send(text.replace(ours, anybodys)));
}
