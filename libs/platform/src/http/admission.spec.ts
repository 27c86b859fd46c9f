import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, RecordingLog, RecordingMeter } from '@umbra/testing';
import { Admission } from './admission.ts';
import { answerHeaders } from './response-headers.ts';

/** What a process that answers nothing lets in. */
const LEAST = 32;

describe('admission', () => {
  let clock: FakeClock;
  let log: RecordingLog;
  let meter: RecordingMeter;
  let server: Server;
  let arrived: number;
  let release: () => void;

  beforeEach(async () => {
    clock = new FakeClock();
    log = new RecordingLog();
    meter = new RecordingMeter();
    arrived = 0;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const admission = new Admission({ clock, log, meter, busy: () => 1 });
    server = createServer((request, response) => {
      if (!admission.admits(request, response, request.url === '/api/held')) return;
      arrived += 1;
      void (request.url === '/api/slow' ? blocked : Promise.resolve()).then(() => response.end('done'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    clock.advance(100);
  });
  afterEach(() => {
    release();
    server.closeAllConnections();
    server.close();
  });

  async function ask(path: string) {
    const { port } = server.address() as AddressInfo;
    const [answer] = (await once(get({ port, path, agent: false }), 'response')) as [IncomingMessage];
    const { headers, statusCode } = answer;
    return { status: Number(statusCode), headers, body: await text(answer) };
  }

  async function fill() {
    const { port } = server.address() as AddressInfo;
    const asked = Array.from({ length: LEAST }, () =>
      get({ port, path: '/api/slow', agent: false }).on('error', () => undefined),
    );
    const answers = asked.map(async (each) => (await once(each, 'response')) as [IncomingMessage]);
    for (const each of answers) each.catch(() => undefined);
    while (arrived < LEAST) await new Promise((resolve) => setTimeout(resolve, 5));
    return { asked, answers };
  }

  it('refuses what comes above its bound, at once and with a time to come back, and takes the next', async () => {
    const { answers } = await fill();
    const refused = await ask('/api/quick');
    expect(refused.status).toBe(503);
    const id = String(refused.headers['x-request-id']);
    expect(refused.headers).toMatchObject({
      ...answerHeaders,
      'retry-after': '1',
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(JSON.parse(refused.body)).toMatchObject({
      code: 'READ_OVERLOADED',
      status: 503,
      instance: `urn:uuid:${id}`,
    });
    expect((await ask('/health/live')).status).toBe(200);
    expect((await ask('/api/held')).status).toBe(200);
    release();
    for (const [answer] of await Promise.all(answers)) expect(answer.statusCode).toBe(200);
    let { status } = await ask('/api/quick');
    while (status === 503) ({ status } = await ask('/api/quick'));
    expect(status).toBe(200);
  });

  it('counts refusals, and tells of them once a second', async () => {
    await fill();
    for (let at = 0; at < 3; at += 1) await ask('/api/quick');
    clock.advance(1_000);
    await ask('/api/quick');
    expect(meter.value('bff_refusals_total', {})).toBe(4);
    expect(log.lines.map(({ fields }) => fields['count'])).toEqual([1, 3]);
  });

  it('forgets a client that went away', async () => {
    const { asked } = await fill();
    expect((await ask('/api/quick')).status).toBe(503);
    for (const each of asked) each.destroy();
    let { status } = await ask('/api/quick');
    while (status === 503) ({ status } = await ask('/api/quick'));
    expect(status).toBe(200);
  });
});
