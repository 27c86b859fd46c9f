import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FaultProxy } from './fault-proxy.ts';

const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
let proxy: FaultProxy;
let client: Socket;

beforeEach(async () => {
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await FaultProxy.start({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
  client = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  await once(client, 'connect');
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  echo.close();
  await once(echo, 'close');
});

/** However it was closed: `once` would take a reset for a failure. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('error', () => undefined).on('close', () => resolve()));
}

async function answer(text: string): Promise<string> {
  client.write(text);
  const [data] = (await once(client, 'data')) as [Buffer];
  return data.toString();
}

describe('FaultProxy', () => {
  it('passes on what comes, both ways', async () => {
    expect(await answer('hello')).toBe('hello');
    expect(proxy.through('postgresql://u:p@example.com:5432/db')).toBe(
      `postgresql://u:p@127.0.0.1:${proxy.port}/db`,
    );
  });

  it('delays both ways', async () => {
    await answer('warm');
    proxy.set({ kind: 'latency', ms: 30 });
    const begun = performance.now();
    expect(await answer('slow')).toBe('slow');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(58);
  });

  it('carries no more than its bandwidth, in order, whatever the jitter', async () => {
    await answer('warm');
    proxy.set({ kind: 'latency', ms: 5, jitterMs: 5, bytesPerSecond: 10_000 });
    const begun = performance.now();
    let arrived = '';
    const text = Array.from({ length: 200 }, (_, n) => String.fromCharCode(97 + (n % 26))).join('');
    client.on('data', (data: Buffer) => (arrived += data.toString()));
    for (const letter of text) client.write(letter);
    while (arrived.length < text.length) await setImmediate();
    expect(arrived).toBe(text);
    // 200 bytes at 10,000 a second, one way after the other.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(20);
  });

  it('delivers a request and loses its answer', async () => {
    await answer('warm');
    proxy.set({ kind: 'lose-answers' });
    const cut = closed(client);
    client.write('lost');
    await cut;
  });

  it('cuts data into pieces, and leads new connections elsewhere', async () => {
    proxy.set({ kind: 'slice', bytes: 1 });
    client.write('abc');
    let arrived = '';
    client.on('data', (data: Buffer) => (arrived += data.toString()));
    while (arrived.length < 3) await setImmediate();
    expect(arrived).toBe('abc');
    const other = createServer((socket) => socket.end('other')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    proxy.retarget({ host: '127.0.0.1', port: (other.address() as AddressInfo).port });
    proxy.set({ kind: 'pass' });
    const second = connect(proxy.port, '127.0.0.1');
    expect(String(((await once(second, 'data')) as [Buffer])[0])).toBe('other');
    second.destroy();
    other.close();
  });

  it('cuts open and new connections while it is down, and serves again after', async () => {
    await answer('warm');
    const cut = closed(client);
    proxy.set({ kind: 'down' });
    await cut;
    await closed(connect(proxy.port, '127.0.0.1'));
    proxy.set({ kind: 'pass' });
    client = connect(proxy.port, '127.0.0.1');
    expect(await answer('back')).toBe('back');
  });

  it('swallows everything in a black hole, without closing', async () => {
    await answer('warm');
    proxy.set({ kind: 'black-hole' });
    client.write('lost');
    while (proxy.swallowed < 4) await setImmediate();
    proxy.set({ kind: 'pass' });
    expect(await answer('found')).toBe('found');
  });

  it('cuts a connection after a number of bytes', async () => {
    proxy.set({ kind: 'limit', bytes: 8 });
    expect(await answer('12345678')).toBe('12345678');
    const cut = closed(client);
    client.write('9');
    await cut;
  });
});
