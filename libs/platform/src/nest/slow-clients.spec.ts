import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../clock.ts';
import { Readiness } from '../health/readiness.ts';
import { createHttpApp } from '../http/create-http-app.ts';
import type { SocketLimits } from '../http/socket-limits.ts';
import { createLogger } from '../logger/logger.ts';
import { PrometheusMeter } from '../metrics/meter.ts';
import type { HttpApp } from './http-app.ts';

const { log, pino } = createLogger({ service: 'test', level: 'error', sink: { write: () => undefined } });
const hasty: SocketLimits = {
  headersTimeoutMs: 500,
  requestTimeoutMs: 1_000,
  idleTimeoutMs: 2_000,
  checkEveryMs: 100,
  maxSockets: 1_200,
};
const SLOW = 1_000;
const FEW = 5;

/** An app with nothing but its health, and its port. */
async function start(sockets: SocketLimits): Promise<{ app: HttpApp; port: number }> {
  const app = await createHttpApp(
    { module: class TestModule {} },
    {
      log,
      pino,
      clock: systemClock,
      meter: new PrometheusMeter('test'),
      readiness: new Readiness({ checks: {}, verdict: () => true, clock: systemClock }),
      callers: undefined,
      sockets,
    },
  );
  return { app, port: await app.listen({ host: '127.0.0.1', port: 0, setBy: undefined }) };
}

let app: HttpApp;
let port = 0;
beforeAll(async () => {
  ({ app, port } = await start(hasty));
});
afterAll(() => app.close());

interface Slow {
  readonly socket: Socket;
  readonly closed: Promise<string>;
}

/** A client that writes the beginning of a request and nothing more. */
function slow(beginning: string, to = port): Slow {
  let text = '';
  const socket = connect(to, '127.0.0.1').setEncoding('utf8');
  const closed = new Promise<string>((settle) => {
    socket
      .on('data', (chunk: string) => (text += chunk))
      .on('error', () => settle(text))
      .on('close', () => settle(text))
      .on('end', () => settle(text));
  });
  socket.write(beginning);
  return { socket, closed };
}

const live = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/health/live`)).status;

describe('sec-26: slow clients', () => {
  it('a thousand of them hold up nobody, and are all closed in time', async () => {
    const clients = Array.from({ length: SLOW }, (_, at) =>
      slow(at % 2 === 0 ? 'GET / HTTP/1.1\r\nhost: a\r\nx-slow:' : ''),
    );
    for (let turn = 0; turn < 50; turn++) expect(await live()).toBe(200);
    const answers = await Promise.all(clients.map(({ closed }) => closed));
    expect(answers.filter((text) => text !== '' && !text.startsWith('HTTP/1.1 408'))).toEqual([]);
    expect(await live()).toBe(200);
  });

  it('a body that does not end is not waited for', async () => {
    const { closed } = slow(
      'POST /health/live HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
    );
    expect(await closed).toMatch(/^(HTTP\/1\.1 4|$)/);
  });

  it('connections beyond the most are closed at once', async () => {
    const patient = await start({
      ...hasty,
      headersTimeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      requestTimeoutMs: 60_000,
      maxSockets: FEW,
    });
    const kept = Array.from({ length: FEW }, () => slow('', patient.port));
    await Promise.all(kept.map(({ socket }) => once(socket, 'connect')));
    const more = Array.from({ length: 20 }, () => slow('', patient.port));
    expect(await Promise.all(more.map(({ closed }) => closed))).toEqual(more.map(() => ''));
    for (const { socket } of kept) socket.destroy();
    await patient.app.close();
  });
});
