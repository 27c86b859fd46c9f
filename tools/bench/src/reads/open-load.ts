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
import { Answers } from './answers.ts';
import type { OpenLoad, PacedShots } from './shots.ts';

/**
 * At first the load and what it asks are code that has not run yet, and thousands of connections are taken up: these answers
 * are told apart.
 */
const WARM_UP_SECONDS = 1;
/** The last answers are waited for so long, in milliseconds. */
const PATIENCE_MS = 10_000;
const HEAD_END = '\r\n\r\n';

/** A connection, and the request that is under way on it. */
class Line {
  readonly #open: () => Socket;
  readonly #done: (line: Line, number: number, status: number) => void;
  #socket: Socket;
  #asked: number | undefined;
  #head = '';
  #status = 0;
  /** Bytes of the body that are still to come; undefined before the end of the head. */
  #left: number | undefined;

  constructor(open: () => Socket, done: (line: Line, number: number, status: number) => void) {
    this.#open = open;
    this.#done = done;
    this.#socket = this.#connected();
  }

  ask(number: number, request: string): void {
    this.#asked = number;
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
  const pathAt = paths === undefined ? () => pathname + search : linesOf(readFileSync(paths, 'latin1'));
  const fixed = ` HTTP/1.1\r\n${rest.join('')}\r\n`;
  const warmUp = Math.round(rate * WARM_UP_SECONDS);
  const total = warmUp + Math.round(rate * seconds);
  const asked = new Answers(total, warmUp);
  const waiting: number[] = [];
  const free: Line[] = [];
  let [begun, over] = [0, 0];
  const open = (): Socket => connect({ host: hostname, port: Number(port), noDelay: true });
  const start = performance.now() + 1_000;
  const dueAt = (number: number): number => start + (number * 1_000) / rate;
  const send = (line: Line, number: number): void => {
    asked.sent(number, performance.now() - dueAt(number));
    line.ask(number, `GET ${pathAt(begun++)}${fixed}`);
  };
  const done = (line: Line, number: number, status: number): void => {
    asked.ended(number, performance.now() - dueAt(number), status);
    over += 1;
    const next = waiting.shift();
    if (next === undefined) free.push(line);
    else send(line, next);
  };
  const lines = Array.from({ length: connections }, () => new Line(open, done));
  free.push(...lines);
  for (let due = 0; due < total;) {
    const now = performance.now();
    for (; due < total && dueAt(due) <= now; due += 1) {
      const line = free.shift();
      if (line === undefined) waiting.push(due);
      else send(line, due);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const until = performance.now() + PATIENCE_MS;
  while (over < total && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const line of lines) line.close();
  const { system, user } = process.cpuUsage();
  return { seconds, ...asked.sorted(), cpuSeconds: (user + system) / 1e6 };
}

/** Lines of a text by their number, over and over. Hundreds of thousands of strings would make the collector stop the load. */
function linesOf(text: string): (number: number) => string {
  const ends: number[] = [];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) ends.push(end);
  const at = Int32Array.from(ends);
  return (number) => {
    const line = number % at.length;
    return text.slice(line === 0 ? 0 : (at[line - 1] ?? 0) + 1, at[line]);
  };
}

const shots = await fireOpenly(JSON.parse(process.argv[2] ?? '{}') as OpenLoad);
process.stdout.write(`${JSON.stringify(shots)}\n`, () => process.exit(0));
