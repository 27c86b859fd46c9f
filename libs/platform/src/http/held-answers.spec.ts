import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RateDecision } from '@umbra/domain';
import { RecordingLog, RecordingMeter } from '@umbra/testing';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Scope } from './api-keys.ts';
import {
  HeldDoor,
  learnAnswers,
  type AnsweredRequest,
  type HeldAnswer,
  type HeldAnswers,
} from './held-answers.ts';

const body = Buffer.from('{"data":1}');
const held: HeldAnswer = { status: 200, headers: ['etag', '"a"'], body, route: '/:thing' };
const scopesOf: Readonly<Record<string, readonly Scope[]>> = { reader: ['read'], operator: ['operator'] };

class Answers implements HeldAnswers {
  answer: HeldAnswer | undefined = held;
  atHand = true;
  readonly learnt: string[] = [];

  isAtHand(): boolean {
    return this.atHand;
  }

  find(): HeldAnswer | undefined {
    return this.answer;
  }

  learn({ url }: AnsweredRequest): void {
    this.learnt.push(url);
  }
}

describe('held answers', () => {
  let server: FastifyInstance;
  let answers: Answers;
  let log: RecordingLog;
  let meter: RecordingMeter;
  let onward: boolean[];
  let clients: { readonly caller?: string; readonly ip: string }[];
  let decision: RateDecision;
  let address: string;

  async function open(trustedProxyHops: number): Promise<void> {
    const door = new HeldDoor({
      held: answers,
      callers: {
        find: (bearer) =>
          bearer === 'token'
            ? Promise.resolve({ scopes: ['read'], label: 'jwt' })
            : scopesOf[bearer] && { scopes: scopesOf[bearer], label: bearer },
      },
      limit: (client) => {
        clients.push(client);
        return Promise.resolve(decision);
      },
      trustedProxyHops,
      log,
      meter,
    });
    server = fastify({
      serverFactory: (handle) =>
        createServer((request, response) =>
          door.offer(request, response, (atHand) => {
            onward.push(atHand);
            handle(request, response);
          }),
        ),
    });
    learnAnswers(server, answers);
    server.get('/thing', (request: FastifyRequest & { given?: object }) => {
      request.given = {};
      return 'handler';
    });
    server.post('/thing', () => 'handler');
    address = await server.listen({ host: '127.0.0.1', port: 0 });
  }

  beforeEach(async () => {
    answers = new Answers();
    log = new RecordingLog();
    meter = new RecordingMeter();
    onward = [];
    clients = [];
    decision = { ok: true };
    await open(0);
  });
  afterEach(() => server.close());

  async function ask(bearer?: string, more: Record<string, string> = {}, method: 'GET' | 'POST' = 'GET') {
    const answer = await fetch(`${address}/thing`, {
      method,
      headers: bearer === undefined ? more : { authorization: `Bearer ${bearer}`, ...more },
    });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
  }

  it('are given without the handler, with the headers of every answer, and logged under their caller', async () => {
    const answer = await ask('reader');
    expect([answer.status, answer.body, answer.headers['etag']]).toEqual([200, '{"data":1}', '"a"']);
    expect(answer.headers).toMatchObject({
      'content-length': '10',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
    expect(log.lines).toEqual([
      {
        level: 'info',
        message: 'request answered',
        fields: {
          reqId: answer.headers['x-request-id'],
          method: 'GET',
          route: '/:thing',
          statusCode: 200,
          durationMs: expect.any(Number),
          clientAddress: '127.0.0.1',
          label: 'reader',
        },
      },
    ]);
    expect(answers.learnt).toEqual([]);
    expect(onward).toEqual([]);
  });

  it('have no body when the caller holds them', async () => {
    answers.answer = { ...held, status: 304, body: null };
    const answer = await ask('reader');
    expect([answer.status, answer.body, answer.headers['content-length']]).toEqual([304, '', undefined]);
  });

  it.each<[string, boolean, () => ReturnType<typeof ask>]>([
    ['nobody known', false, () => ask()],
    ['a caller without the scope', false, () => ask('operator')],
    ['a caller whom only his issuer can tell', true, () => ask('token')],
    ['a page of another origin', false, () => ask('reader', { origin: 'https://shop.example' })],
    ['another method', false, () => ask('reader', {}, 'POST')],
    [
      'a caller over his rate',
      false,
      () => {
        decision = { ok: false, retryAfterMs: 1_000 };
        return ask('reader');
      },
    ],
    [
      'an answer that is to be made anew',
      true,
      () => {
        answers.answer = undefined;
        return ask('reader');
      },
    ],
    [
      'an answer that is not held',
      false,
      () => {
        answers.atHand = false;
        return ask('reader');
      },
    ],
  ])('leave the handler to decide: %s', async (_who, atHand, request) => {
    expect((await request()).body).toBe('handler');
    expect(onward).toEqual([atHand]);
  });

  it('are learnt from what the handler answered', async () => {
    answers.atHand = false;
    await ask('reader');
    await ask('reader', {}, 'POST');
    await server.close();
    expect(answers.learnt).toEqual(['/thing']);
  });

  it('sec-24: know a client by what trusted proxies state, and by nothing else', async () => {
    const forged = { 'x-forwarded-for': '10.0.0.1, 10.0.0.2', 'x-forwarded-proto': 'https' };
    await ask('reader', forged);
    await server.close();
    await open(1);
    await ask('reader', { 'x-forwarded-for': '10.0.0.1, 10.0.0.2' });
    expect(clients.map(({ ip }) => ip)).toEqual(['127.0.0.1', '10.0.0.2']);
    expect(onward).toEqual([]);
    // Over TLS an answer says one thing more.
    expect((await ask('reader', forged)).body).toBe('handler');
  });
});
