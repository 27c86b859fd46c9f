import autocannon from 'autocannon';
import { percentile } from '../harness/contest.ts';

export interface Target {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another path for each request; without, that of the URL. */
  readonly path?: () => string;
}

export interface Fire {
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second over all connections; without, as fast as they are answered. */
  readonly rate?: number;
}

/** Milliseconds from request to answer; at a fixed rate from the moment at which the request was due. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Shots {
  readonly seconds: number;
  readonly answered: number;
  readonly refused: number;
  /** Neither answered nor refused. */
  readonly lost: number;
  readonly latency: Latency;
  readonly refusal: Latency;
}

/** Fires at a server and sorts what comes back: answers, and refusals (429 and 503). */
export async function fire(target: Target, { connections, rate, seconds }: Fire): Promise<Shots> {
  const answers: number[] = [];
  const refusals: number[] = [];
  let other = 0;
  const { path } = target;
  const running = autocannon({
    url: target.url,
    connections,
    duration: seconds,
    ...(rate === undefined ? {} : { overallRate: rate }),
    ...(target.headers === undefined ? {} : { headers: target.headers }),
    ...(path === undefined
      ? {}
      : { requests: [{ setupRequest: (request) => ({ ...request, path: path() }) }] }),
  });
  running.on('response', (_client, status, _bytes, milliseconds) => {
    if (status === 200) answers.push(milliseconds);
    else if (status === 429 || status === 503) refusals.push(milliseconds);
    else other += 1;
  });
  const { duration, errors, timeouts } = await running;
  return {
    seconds: duration,
    answered: answers.length,
    refused: refusals.length,
    lost: other + errors + timeouts,
    latency: latencyOf(answers),
    refusal: latencyOf(refusals),
  };
}

export function latencyOf(milliseconds: readonly number[]): Latency {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 50), p99: percentile(sorted, 99), max: sorted.at(-1) ?? Number.NaN };
}
