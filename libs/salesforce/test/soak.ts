import type { PubsubSource } from '../src/index.ts';
import type { SimulatorProcess } from './simulator.ts';

const topics = ['Product2', 'PricebookEntry', 'Account'].map((object) => `/data/${object}ChangeEvent`);

export interface SoakOptions {
  readonly simulator: SimulatorProcess;
  readonly source: PubsubSource;
  readonly seconds: number;
  readonly changesPerSecond: number;
  readonly reconnectSeconds: number;
}

/** What the process holds after a full collection. */
export interface Held {
  readonly heapMb: number;
  /** Sockets, timers and the like that the event loop waits for. */
  readonly handles: number;
}

export interface SoakReport {
  readonly received: number;
  readonly reconnects: number;
  /** One for each reconnect, the first tenth left out: caches fill then. */
  readonly held: readonly Held[];
}

/** Streams under load for some time, ending every stream again and again; measures what stays behind each time. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { changesPerSecond, reconnectSeconds, seconds, simulator, source } = options;
  await simulator.knobs({ statesKept: 1 });
  await simulator.control('POST', '/load', { changesPerSecond, seconds, shape: 'update' });
  const positions = new Map<string, Uint8Array>();
  const held: Held[] = [];
  let received = 0;
  const rounds = Math.floor(seconds / reconnectSeconds);
  for (let round = 0; round < rounds; round++) {
    const counts = topics.map((topic) => streamFor(topic, source, positions, reconnectSeconds * 1_000));
    received += (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    globalThis.gc?.();
    held.push({
      heapMb: process.memoryUsage().heapUsed / 2 ** 20,
      handles: process.getActiveResourcesInfo().length,
    });
  }
  return { received, reconnects: rounds * topics.length, held: held.slice(Math.ceil(rounds / 10)) };
}

/** Takes and settles events for so long. The end comes with the first message after it. @returns how many came */
async function streamFor(
  topic: string,
  source: PubsubSource,
  positions: Map<string, Uint8Array>,
  ms: number,
): Promise<number> {
  const replayId = positions.get(topic);
  const stream = source.open(
    topic,
    replayId === undefined ? { kind: 'earliest' } : { kind: 'after', replayId },
  );
  const until = performance.now() + ms;
  let count = 0;
  for await (const { events } of stream) {
    count += events.length;
    const last = events.at(-1);
    if (last !== undefined) positions.set(topic, last.replayId);
    stream.settle(events);
    if (performance.now() >= until) break;
  }
  return count;
}
