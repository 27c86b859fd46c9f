import { connect, type AddressInfo } from 'node:net';
import { request as rawRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Body, Controller, Get, HttpCode, Param, Post, type DynamicModule, type Type } from '@nestjs/common';
import supertest, { type Test } from 'supertest';
import { systemClock } from '../clock.ts';
import { Readiness } from '../health/readiness.ts';
import { Access } from '../http/access.ts';
import { generateApiKey, type Scope } from '../http/api-keys.ts';
import { createHttpApp } from '../http/create-http-app.ts';
import { answerHeaders } from '../http/response-headers.ts';
import { createLogger } from '../logger/logger.ts';
import { PrometheusMeter } from '../metrics/meter.ts';
import type { HttpApp } from './http-app.ts';

@Controller('api')
class ThingController {
  @Access('read')
  @Get('things/:id')
  thing(@Param('id') id: string): { id: string } {
    if (id === 'boom') throw new Error('canary');
    return { id };
  }

  @Access('read')
  @Post('things')
  @HttpCode(200)
  add(@Body() body: unknown): unknown {
    return body;
  }
}

@Controller('api')
class BareController {
  @Get('bare')
  bare(): string {
    return 'reached';
  }
}

const lines: string[] = [];
const { log, pino } = createLogger({
  service: 'test',
  level: 'info',
  sink: { write: (line) => lines.push(line) },
});
const keys = new Map<string, Scope>([
  [generateApiKey(), 'read'],
  [generateApiKey(), 'operator'],
]);
const [reader = '', operator = ''] = keys.keys();
const parts = { store: true, queue: true };
let seconds = 0;
const readiness = new Readiness({
  clock: { ...systemClock, monotonic: () => (seconds += 1) * 1_000 },
  checks: { store: () => Promise.resolve(parts.store), queue: () => Promise.resolve(parts.queue) },
  verdict: (states) => Object.values(states).includes('up'),
});
const options = {
  log,
  pino,
  clock: systemClock,
  readiness,
  meter: new PrometheusMeter('test'),
  callers: {
    find: (key: string) => {
      const scope = keys.get(key);
      return scope === undefined ? undefined : { hash: '', scopes: [scope], label: `${scope}-key` };
    },
  },
  corsOrigins: ['https://shop.example'],
};

function moduleWith(controllers: Type[]): DynamicModule {
  return { module: class TestModule {}, controllers };
}

let app: HttpApp;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  app = await createHttpApp(moduleWith([ThingController]), options);
  http = supertest(app.server);
});
afterAll(() => app.close());
afterEach(() => {
  parts.store = parts.queue = true;
});

/** A request with a method that no client library would send. */
async function ask(
  method: string,
  path: string,
): Promise<{ status: number; headers: Record<string, unknown> }> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0, setBy: undefined });
  const { port } = app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    rawRequest(
      { port, host: '127.0.0.1', method, path, headers: { authorization: `Bearer ${reader}` } },
      (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
      },
    )
      .on('error', reject)
      .end();
  });
}

const as = (key: string, test: Test): Test => test.set('authorization', `Bearer ${key}`);
const code = (body: unknown): unknown => (body as { code?: unknown }).code;

describe('access', () => {
  it('asks for a key, and for its scope', async () => {
    const none = await http.get('/api/things/1').expect(401);
    expect(code(none.body)).toBe('INPUT_CREDENTIALS_MISSING');
    expect(none.headers['www-authenticate']).toBe('Bearer');
    await as(reader, http.get('/api/things/1')).expect(200, { id: '1' });
    await as(operator, http.get('/api/things/1')).expect(403);
    expect(code((await as(reader, http.get('/metrics')).expect(403)).body)).toBe('INPUT_SCOPE_MISSING');
    await as(operator, http.get('/metrics')).expect(200);
  });

  it('sec-7: a route without a declared scope stops the boot', async () => {
    await expect(createHttpApp(moduleWith([BareController]), options)).rejects.toMatchObject({
      code: 'INPUT_CONFIGURATION',
      problems: ['BareController.bare declares no scope'],
    });
  });

  it('sec-50: lets pages of listed origins call, and no others, never with credentials', async () => {
    const preflight = (origin: string): Test =>
      http.options('/api/things/1').set('origin', origin).set('access-control-request-method', 'GET');
    const listed = await preflight('https://shop.example');
    expect(listed.headers['access-control-allow-origin']).toBe('https://shop.example');
    expect(listed.headers['access-control-allow-credentials']).toBeUndefined();
    const other = await preflight('https://evil.example');
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('listening', () => {
  it('lets a crowd of connections wait to be taken up', async () => {
    const crowded = await createHttpApp(moduleWith([ThingController]), options);
    const listen = jest.spyOn(crowded.server, 'listen');
    try {
      await crowded.listen({ host: '127.0.0.1', port: 0, setBy: undefined });
      expect(listen.mock.calls[0]?.[0]).toMatchObject({ backlog: 4_096 });
    } finally {
      await crowded.close();
    }
  });
});

describe('refusals are problem documents', () => {
  const json = (test: Test, text: string): Test =>
    as(reader, test).set('content-type', 'application/json').send(text);

  it.each<[string, number, string, () => Test]>([
    ['unknown path', 404, 'INPUT_ROUTE_UNKNOWN', () => http.get('/api/nothing')],
    ['known path, other method', 405, 'INPUT_METHOD_NOT_ALLOWED', () => http.delete('/api/things/1')],
    ['cut JSON', 400, 'INPUT_INVALID', () => json(http.post('/api/things'), '{"a":')],
    ['prototype key', 400, 'INPUT_INVALID', () => json(http.post('/api/things'), '{"__proto__":{"a":1}}')],
    [
      'constructor key',
      400,
      'INPUT_INVALID',
      () => json(http.post('/api/things'), '{"constructor":{"prototype":{"a":1}}}'),
    ],
    ['empty body', 400, 'INPUT_INVALID', () => json(http.post('/api/things'), '')],
    ['XML', 400, 'INPUT_INVALID', () => as(reader, http.post('/api/things')).type('text/xml').send('<a/>')],
    ['form', 400, 'INPUT_INVALID', () => as(reader, http.post('/api/things')).type('form').send('a=1')],
    ['text', 400, 'INPUT_INVALID', () => as(reader, http.post('/api/things')).type('text').send('a')],
    ['too large', 413, 'INPUT_TOO_LARGE', () => json(http.post('/api/things'), `"${'x'.repeat(2 ** 20)}"`)],
    ['bad escape', 400, 'INPUT_INVALID', () => as(reader, http.get('/api/things/%E0%A4%A'))],
    ['long parameter', 413, 'INPUT_TOO_LARGE', () => as(reader, http.get(`/api/things/${'x'.repeat(400)}`))],
    ['our fault', 500, 'READ_FAILED', () => as(reader, http.get('/api/things/boom'))],
  ])('sec-50, %s: %i %s', async (_name, status, expected, request) => {
    lines.length = 0;
    const answer = await request();
    expect([answer.status, code(answer.body)]).toEqual([status, expected]);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers).toMatchObject(answerHeaders);
    expect(answer.text).not.toMatch(/canary|node_modules|FST_|xxxx/);
    const { instance } = answer.body as { instance: string };
    const id = instance.replace('urn:uuid:', '');
    expect(answer.headers['x-request-id']).toBe(id);
    expect(lines.some((line) => line.includes(id))).toBe(true);
    expect(lines.join('')).not.toContain('canary');
  });

  it('names the methods that a path takes', async () => {
    expect((await http.delete('/api/things/1')).headers['allow']).toBe('GET, HEAD');
  });

  it('even for bytes that are no HTTP', async () => {
    if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0, setBy: undefined });
    const { port } = app.server.address() as AddressInfo;
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      connect(port, '127.0.0.1')
        .on('data', (chunk: Buffer) => (text += chunk.toString()))
        .on('end', () => resolve(text))
        .on('error', reject)
        .write('no http at all\r\n\r\n');
    });
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('"code":"INPUT_INVALID"');
    for (const [name, value] of Object.entries(answerHeaders))
      expect(answer).toContain(`${name}: ${value}\r\n`);
  });
});

describe('sec-50: headers', () => {
  const hardening = (headers: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name in answerHeaders));

  it('are on every answer, whatever its status, and are those that early refusals get', async () => {
    const answers = [
      await http.get('/health/live'),
      await http.get('/api/things/1'),
      await as(reader, http.get('/api/things/1')),
      await as(reader, http.get('/metrics')),
      await as(operator, http.get('/metrics')),
      await http.head('/health/live'),
      await http.get('/nowhere'),
    ];
    for (const { status, headers } of answers) {
      expect([status, hardening(headers)]).toEqual([status, answerHeaders]);
      for (const name of ['x-powered-by', 'server', 'set-cookie', 'strict-transport-security'])
        expect(headers[name]).toBeUndefined();
    }
  });

  it.each(['TRACE', 'PUT', 'PATCH', 'PROPFIND', 'SEARCH'])('%s is not taken', async (method) => {
    const { status, headers } = await ask(method, '/api/things/1');
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  it('promise TLS for a year when the proxy that we trust says that it was used, and only then', async () => {
    const proxied = await createHttpApp(moduleWith([ThingController]), { ...options, trustedProxyHops: 1 });
    const forwarded = { 'x-forwarded-proto': 'https' };
    const trusted = await supertest(proxied.server).get('/health/live').set(forwarded);
    expect(trusted.headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
    const forged = await http.get('/health/live').set(forwarded);
    expect(forged.headers['strict-transport-security']).toBeUndefined();
    await proxied.close();
  });
});

describe('sec-24: the address of a client', () => {
  const seenAs = async (app: HttpApp, forwarded: string): Promise<unknown> => {
    lines.length = 0;
    await supertest(app.server).get('/health/live').set('x-forwarded-for', forwarded);
    return (JSON.parse(lines[0] ?? '{}') as { clientAddress?: string }).clientAddress;
  };

  it('is that of the connection, whatever the request claims', async () => {
    for (const forged of ['203.0.113.9', '127.0.0.1, 203.0.113.9', 'unknown'])
      expect(await seenAs(app, forged)).toMatch(/^(::ffff:)?127\.0\.0\.1$/);
  });

  it('is what the last trusted proxy saw, not what the client wrote in front of it', async () => {
    const proxied = await createHttpApp(moduleWith([ThingController]), { ...options, trustedProxyHops: 1 });
    expect(await seenAs(proxied, '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
    await proxied.close();
  });
});

describe('sec-18: bombs', () => {
  const bombs: Readonly<Record<string, string>> = {
    deep: '['.repeat(500_000) + ']'.repeat(500_000),
    wide: `{${Array.from({ length: 50_000 }, (_, at) => `"k${at}":1`).join(',')}}`,
    'a little too deep': `${'['.repeat(33)}${']'.repeat(33)}`,
    'a little too wide': JSON.stringify(
      Object.fromEntries(Array.from({ length: 2_001 }, (_, at) => [`k${at}`, at])),
    ),
  };
  it.each(Object.entries(bombs))('%s: refused without being parsed', async (_name, text) => {
    const parse = jest.spyOn(JSON, 'parse');
    const answer = await as(reader, http.post('/api/things'))
      .set('content-type', 'application/json')
      .parse((answer, done) => {
        (answer as unknown as Readable).resume().on('end', () => done(null, undefined));
      })
      .send(text);
    const parsed = parse.mock.calls.filter(([given]) => given === text);
    parse.mockRestore();
    expect([answer.status, parsed]).toEqual([413, []]);
  });

  it('what is just within the bounds is taken', async () => {
    const text = `${'['.repeat(32)}${']'.repeat(32)}`;
    await as(reader, http.post('/api/things')).set('content-type', 'application/json').send(text).expect(200);
  });

  it('names that reach the prototype are refused at any depth, however they are written', async () => {
    for (const text of [
      '{"a":[{"__proto__":{"b":1}}]}',
      '{"\\u005f_proto__":{"b":1}}',
      '{"a":{"constructor":{"prototype":{"b":1}}}}',
    ]) {
      const answer = await as(reader, http.post('/api/things'))
        .set('content-type', 'application/json')
        .send(text);
      expect([text, answer.status]).toEqual([text, 400]);
    }
    expect(({} as { b?: unknown }).b).toBeUndefined();
  });
});

describe('sec-5: cookies', () => {
  it('are neither read nor set', async () => {
    const key = `Bearer ${reader}`;
    const plain = await http.get('/api/things/1').set('authorization', key);
    const sent = await http
      .get('/api/things/1')
      .set('authorization', key)
      .set('cookie', 'session=1; authorization=x');
    expect([sent.status, sent.body]).toEqual([plain.status, plain.body]);
    const instead = await http.get('/api/things/1').set('cookie', `authorization=${key}; session=${reader}`);
    expect(instead.status).toBe(401);
    for (const { headers } of [plain, sent, instead]) expect(headers['set-cookie']).toBeUndefined();
  });
});

describe('the access log', () => {
  it('has one line per request: route and key label, no query, no key', async () => {
    lines.length = 0;
    await as(reader, http.get('/api/things/42?note=canary')).set('x-request-id', 'forged');
    expect(lines).toHaveLength(1);
    const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(entry).toMatchObject({
      method: 'GET',
      route: '/api/things/:id',
      statusCode: 200,
      label: 'read-key',
      message: 'request answered',
    });
    expect(entry['reqId']).not.toBe('forged');
    expect(lines[0]).not.toMatch(/canary|umbra_/);
  });
});

describe('health', () => {
  const ready = async (): Promise<[number, unknown]> => {
    const answer = await http.get('/health/ready');
    return [answer.status, (answer.body as { status: unknown }).status];
  };

  it('liveness looks at nothing but the event loop', async () => {
    parts.store = parts.queue = false;
    await http.get('/health/live').expect(200, { status: 'ok' });
  });

  it('readiness tells ready, degraded and not ready apart, to everybody', async () => {
    expect(await ready()).toEqual([200, 'ok']);
    parts.queue = false;
    expect(await ready()).toEqual([200, 'degraded']);
    parts.store = false;
    expect(await ready()).toEqual([503, 'error']);
  });

  it('sec-41: says states and nothing else', async () => {
    const answer = await http.get('/health/ready');
    const state = { status: 'up', draining: false, parts: { store: 'up', queue: 'up' } };
    expect(answer.body).toEqual({
      status: 'ok',
      info: { process: state },
      error: {},
      details: { process: state },
    });
  });
});
