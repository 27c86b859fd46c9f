import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import autocannon from 'autocannon';
import type { Stage } from '../harness/stage.ts';
import { latencyOf, type Latency } from './latency.ts';

export interface Target {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked for in turn; without, the path of the URL is. */
  readonly paths?: Paths;
}

export interface Paths {
  readonly count: number;
  readonly at: (number: number) => string;
}

export interface Fire {
  readonly connections: number;
  readonly seconds: number;
}

export interface Shots {
  readonly seconds: number;
  readonly answered: number;
  readonly refused: number;
  /** Neither answered nor refused. */
  readonly lost: number;
  /** From request to answer. */
  readonly latency: Latency;
  readonly refusal: Latency;
}

/** Shots at a fixed rate: their times count from the moment at which each was due. */
export interface PacedShots extends Shots {
  /** The same from the moment at which each was sent. */
  readonly fromSent: { readonly latency: Latency; readonly refusal: Latency };
  /** Of the second before, in which whoever asks and whoever answers warm up. */
  readonly atFirst: { readonly latency: Latency; readonly refusal: Latency };
  /** How late requests were sent: not the server's doing, but of a machine that is too busy for the load itself. */
  readonly late: Latency;
  /** Processor time of the load. */
  readonly cpuSeconds: number;
}

/** What the program of the paced load is told. */
export interface OpenLoad {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
  /** File with a path per line, asked for in turn; without, the path of the URL. */
  readonly paths?: string;
}

/** Fires at a server as fast as it answers, and sorts what comes back: answers, and refusals (429 and 503). */
export async function fire(target: Target, { connections, seconds }: Fire): Promise<Shots> {
  const answers: number[] = [];
  const refusals: number[] = [];
  let other = 0;
  const { paths } = target;
  let asked = 0;
  const running = autocannon({
    url: target.url,
    connections,
    duration: seconds,
    ...(target.headers === undefined ? {} : { headers: target.headers }),
    ...(paths === undefined
      ? {}
      : {
          requests: [{ setupRequest: (request) => ({ ...request, path: paths.at(asked++ % paths.count) }) }],
        }),
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

/** The same at a fixed rate, from a process of its own (`open-load.ts`). */
export async function fireAtRate(
  stage: Stage,
  { headers = {}, paths, url }: Target,
  fired: Fire & { readonly rate: number },
): Promise<PacedShots> {
  const file = paths === undefined ? {} : { paths: join(stage.folder, 'paths') };
  if (paths !== undefined) {
    const lines = Array.from({ length: paths.count }, (_, number) => `${paths.at(number)}\n`);
    writeFileSync(join(stage.folder, 'paths'), lines.join(''));
  }
  const load: OpenLoad = { url, headers, ...file, ...fired };
  const program = stage.program('load', ['tools/bench/src/reads/open-load.ts', JSON.stringify(load)]);
  return JSON.parse(await program.succeeded()) as PacedShots;
}
