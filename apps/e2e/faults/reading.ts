import { Agent, request } from 'node:http';
import type { App } from '../harness/world.ts';

/** What readers met. */
export interface Readings {
  readonly statuses: ReadonlyMap<number, number>;
  /** Refusals (429 or 503) without a time to come back. */
  readonly withoutRetryAfter: number;
  /** Milliseconds of so large a part of the requests, of one status or of all. */
  percentile(part: number, status?: number): number;
}

export interface ReadingOptions {
  readonly readers: number;
  readonly path: (n: number) => string;
}

interface Met {
  readonly status: number;
  readonly ms: number;
}

/** Readers that ask one thing after the other until they are told to stop, or nobody is left to answer. */
export function keepReading(
  bff: App,
  key: string,
  { path, readers }: ReadingOptions,
): { readonly readings: Readings; end(): Promise<void> } {
  const agent = new Agent({ keepAlive: true, maxSockets: readers });
  const met: Met[] = [];
  let withoutRetryAfter = 0;
  let goOn = true;
  let asked = 0;
  const read = async (): Promise<void> => {
    while (goOn && bff.child.running) {
      const from = performance.now();
      const { retryAfter, status } = await ask(new URL(path(asked++), bff.url), key, agent);
      met.push({ status, ms: performance.now() - from });
      if ((status === 503 || status === 429) && retryAfter === undefined) withoutRetryAfter += 1;
    }
  };
  const done = Promise.all(Array.from({ length: readers }, read));
  const readings: Readings = {
    get statuses() {
      return met.reduce(
        (sum, { status }) => sum.set(status, (sum.get(status) ?? 0) + 1),
        new Map<number, number>(),
      );
    },
    get withoutRetryAfter() {
      return withoutRetryAfter;
    },
    percentile(part, status) {
      const times = met.flatMap((one) => (status === undefined || one.status === status ? [one.ms] : []));
      return times.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(times.length * part) - 1)] ?? 0;
    },
  };
  return {
    readings,
    end: async () => {
      goOn = false;
      await done;
      agent.destroy();
    },
  };
}

/** One request, its body read and thrown away. @returns status 0 when there was no answer */
function ask(
  url: URL,
  key: string,
  agent: Agent,
): Promise<{ readonly status: number; readonly retryAfter: string | undefined }> {
  return new Promise((resolve) => {
    const asking = request(url, { agent, headers: { authorization: `Bearer ${key}` } }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] }),
      );
      answer.on('error', () => resolve({ status: 0, retryAfter: undefined }));
    });
    asking.on('error', () => resolve({ status: 0, retryAfter: undefined }));
    asking.end();
  });
}
