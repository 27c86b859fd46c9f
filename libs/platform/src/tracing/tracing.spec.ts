import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noTracer, UmbraError, type Tracer } from '@umbra/domain';
import { openTracer } from './open-tracer.ts';
import { traced } from './traced.ts';

interface Exported {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string;
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly status?: { readonly message?: string };
      }[];
    }[];
  }[];
}

/** A tracer, and what ends it. */
async function open(to: string | undefined): Promise<{ tracer: Tracer; close: () => Promise<void> }> {
  const stops: (() => unknown)[] = [];
  const tracer = await openTracer({ endpoint: to, ratioPercent: 100 }, 'test', {
    onStop: (_name, stop) => void stops.push(stop),
  });
  return { tracer, close: async () => void (await Promise.all(stops.map((stop) => stop()))) };
}

const received: string[] = [];
let collector: Server;
let endpoint: string;
beforeAll(async () => {
  collector = createServer((request, response) => {
    let text = '';
    request
      .on('data', (chunk: Buffer) => (text += chunk.toString()))
      .on('end', () => {
        received.push(`${request.url} ${text}`);
        response.end('{}');
      });
  });
  await new Promise<void>((settle) => void collector.listen(0, '127.0.0.1', settle));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});
afterAll(() => void collector.close());

class Shadow {
  readonly #rows = ['canary-row'];
  async rows(sku: string): Promise<readonly string[]> {
    await Promise.resolve();
    if (sku === 'missing') throw new UmbraError('STORE_UNAVAILABLE', 'canary-host');
    return this.#rows;
  }
}

describe('traces', () => {
  it('follow a piece of work through the ports that it asks, and tell codes only', async () => {
    const { tracer, close } = await open(endpoint);
    const shadow = traced(tracer, 'shadow', new Shadow());
    await tracer.span('GET /api/x', { 'http.request.method': 'GET' }, async () => {
      expect(await shadow.rows('canary-sku')).toEqual(['canary-row']);
      await expect(shadow.rows('missing')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });
    await close();
    expect(received).toHaveLength(1);
    const [request = ''] = received;
    expect(request).toMatch(/^\/v1\/traces \{/);
    expect(request).not.toContain('canary');
    const { resourceSpans } = JSON.parse(request.slice(request.indexOf('{'))) as Exported;
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    const root = spans.find(({ name }) => name === 'GET /api/x');
    const asked = spans.filter(({ name }) => name === 'shadow.rows');
    expect(asked.map(({ parentSpanId, traceId }) => [parentSpanId, traceId])).toEqual(
      asked.map(() => [root?.spanId, root?.traceId]),
    );
    expect(asked.map(({ status }) => status?.message)).toEqual([undefined, 'STORE_UNAVAILABLE']);
  });

  it('are none without a collector, and a port stays what it is', async () => {
    const { tracer, close } = await open(undefined);
    expect(tracer).toBe(noTracer);
    const shadow = new Shadow();
    expect(traced(tracer, 'shadow', shadow)).toBe(shadow);
    await close();
  });

  it('that nobody takes disturb nothing', async () => {
    const { tracer, close } = await open('http://127.0.0.1:1');
    expect(await tracer.span('x', {}, () => Promise.resolve(7))).toBe(7);
    await close();
  });
});
