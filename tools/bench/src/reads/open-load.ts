/**
 * Requests at a fixed rate, each sent when it is due whether or not the others have been answered. In a process of its
 * own and straight on sockets, so that it can be more than the server under test without starving it. Times are told
 * twice, from the moment at which a request was due and from the one at which it was sent: where the two differ, the
 * machine had no time for the load itself.
 *
 *   node tools/bench/src/reads/open-load.ts '{"url":…,"headers":{…},"rate":1000,"seconds":10,"connections":32,"paths":FILE}'
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { latencyOf } from './latency.ts';
import type { PacedShots } from './shots.ts';

export interface OpenLoad {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
  /** File with a path per line, asked for in turn; without, the path of the URL. */
  readonly paths?: string;
}

/** The last answers are waited for so long, in milliseconds. */
const PATIENCE_MS = 10_000;
const HEAD_END = '\r\n\r\n';

interface Asked {
  readonly due: number;
  readonly sent: number;
}

class Line {
  readonly #open: () => Socket;
  readonly #done: (line: Line, asked: Asked, status: number) => void;
  #socket: Socket;
  #asked: Asked | undefined;
  #head = '';
  #status = 0;
  /** Bytes of the body that are still to come; undefined before the end of the head. */
  #left: number | undefined;

  constructor(open: () => Socket, done: (line: Line, asked: Asked, status: number) => void) {
    this.#open = open;
    this.#done = done;
    this.#socket = this.#connected();
  }

  ask(due: number, request: string): void {
    this.#asked = { due, sent: performance.now() };
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#socket.removeAllListeners('close').destroy();
  }

  #connected(): Socket {
    const socket = this.#open();
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#socket = this.#connected();
      this.#end(0);
    });
    return socket;
  }

  #take(chunk: Buffer): void {
    if (this.#left !== undefined) this.#left -= chunk.length;
    else {
      this.#head += chunk.toString('latin1');
      const end = this.#head.indexOf(HEAD_END);
      if (end < 0) return;
      this.#status = Number(this.#head.slice(9, 12));
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#head.slice(0, end + 2))?.[1] ?? 0);
      this.#left = length - (this.#head.length - end - HEAD_END.length);
    }
    if (this.#left <= 0) this.#end(this.#status);
  }

  #end(status: number): void {
    const asked = this.#asked;
    this.#asked = this.#left = undefined;
    this.#head = '';
    if (asked !== undefined) this.#done(this, asked, status);
  }
}

/** @returns when all have been answered, or ten seconds after the last was due */
async function fireOpenly({
  connections,
  headers,
  paths,
  rate,
  seconds,
  url,
}: OpenLoad): Promise<PacedShots> {
  const { host, hostname, pathname, port, search } = new URL(url);
  const rest = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const asked = paths === undefined ? [pathname + search] : readFileSync(paths, 'utf8').trimEnd().split('\n');
  const requests = asked.map((path) => `GET ${path} HTTP/1.1\r\n${rest.join('')}\r\n`);
  const total = Math.round(rate * seconds);
  const kinds = { answered: times(), refused: times() };
  const late: number[] = [];
  const waiting: number[] = [];
  const free: Line[] = [];
  let [begun, over, lost] = [0, 0, 0];
  const open = (): Socket => connect({ host: hostname, port: Number(port), noDelay: true });
  const start = performance.now() + 1_000;
  const send = (line: Line, due: number): void => {
    late.push(performance.now() - due);
    line.ask(due, requests[begun++ % requests.length] ?? '');
  };
  const done = (line: Line, { due, sent }: Asked, status: number): void => {
    const now = performance.now();
    over += 1;
    const kind =
      status === 200 ? kinds.answered : status === 429 || status === 503 ? kinds.refused : undefined;
    if (kind === undefined) lost += 1;
    else {
      kind.fromDue.push(now - due);
      kind.fromSent.push(now - sent);
    }
    const next = waiting.shift();
    if (next === undefined) free.push(line);
    else send(line, next);
  };
  const lines = Array.from({ length: connections }, () => new Line(open, done));
  free.push(...lines);
  for (let due = 0; due < total;) {
    const now = performance.now();
    for (; due < total && start + (due * 1_000) / rate <= now; due += 1) {
      const at = start + (due * 1_000) / rate;
      const line = free.shift();
      if (line === undefined) waiting.push(at);
      else send(line, at);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const until = performance.now() + PATIENCE_MS;
  while (over < total && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const line of lines) line.close();
  const { system, user } = process.cpuUsage();
  return {
    seconds,
    answered: kinds.answered.fromDue.length,
    refused: kinds.refused.fromDue.length,
    lost: lost + total - over,
    latency: latencyOf(kinds.answered.fromDue),
    refusal: latencyOf(kinds.refused.fromDue),
    fromSent: { latency: latencyOf(kinds.answered.fromSent), refusal: latencyOf(kinds.refused.fromSent) },
    late: latencyOf(late),
    cpuSeconds: (user + system) / 1e6,
  };
}

function times(): { readonly fromDue: number[]; readonly fromSent: number[] } {
  return { fromDue: [], fromSent: [] };
}

const shots = await fireOpenly(JSON.parse(process.argv[2] ?? '{}') as OpenLoad);
process.stdout.write(`${JSON.stringify(shots)}\n`, () => process.exit(0));
