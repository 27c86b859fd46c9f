import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { RecordingLog } from '@umbra/testing';
import { Exchange, type ExchangeRequest } from './exchange.ts';
import { UrlGuard, type UrlGuardOptions } from './url-guard.ts';

const instanceHosts = ['.salesforce.com'];

function request(url: string): ExchangeRequest {
  const signal = new AbortController().signal;
  return { method: 'GET', url, headers: {}, signal, headersTimeoutMs: 1000, bodyTimeoutMs: 1000 };
}

describe('sec-20: Exchange', () => {
  it('connects only to addresses that the guard has checked', async () => {
    const asked: string[] = [];
    const resolve = (
      name: string,
      _options: unknown,
      callback: (error: null, found: LookupAddress[]) => void,
    ): void => {
      asked.push(name);
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    const guard = new UrlGuard({
      loginUrl: 'https://acme.my.salesforce.com',
      instanceHosts,
      log: new RecordingLog(),
      resolve: resolve as unknown as NonNullable<UrlGuardOptions['resolve']>,
    });
    const exchange = new Exchange(guard);
    await expect(exchange.send(request('https://acme.my.salesforce.com/x'))).rejects.toMatchObject({
      code: 'SF_URL_REFUSED',
      details: { reason: 'private-address' },
    });
    expect(asked).toEqual(['acme.my.salesforce.com']);
    await exchange.close();
  });

  it('sends no packet to a refused URL', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const guard = new UrlGuard({
      loginUrl: 'https://acme.my.salesforce.com',
      instanceHosts,
      log: new RecordingLog(),
    });
    const exchange = new Exchange(guard);
    for (const url of [`http://127.0.0.1:${port}/`, `https://localhost:${port}/`, `http://[::1]:${port}/`])
      await expect(exchange.send(request(url))).rejects.toMatchObject({ code: 'SF_URL_REFUSED' });
    expect(connections).toBe(0);
    await exchange.close();
    server.close();
    await once(server, 'close');
  });
});
