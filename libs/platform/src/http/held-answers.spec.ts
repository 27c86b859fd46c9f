import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RateDecision } from '@umbra/domain';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Scope } from './api-keys.ts';
import { giveHeldAnswers, type HeldAnswer, type HeldAnswers, type HeldRequest } from './held-answers.ts';

const body = Buffer.from('{"data":1}');
const held: HeldAnswer = { status: 200, headers: ['etag', '"a"', 'content-type', 'application/json'], body };
const scopesOf: Readonly<Record<string, readonly Scope[]>> = { reader: ['read'], operator: ['operator'] };

class Answers implements HeldAnswers {
  answer: HeldAnswer | undefined = held;
  readonly learnt: string[] = [];

  find(): HeldAnswer | undefined {
    return this.answer;
  }

  learn({ url }: HeldRequest): void {
    this.learnt.push(url);
  }
}

describe('held answers', () => {
  let server: FastifyInstance;
  let answers: Answers;
  let labels: (string | undefined)[];
  let decision: RateDecision;

  beforeEach(() => {
    server = fastify();
    answers = new Answers();
    labels = [];
    decision = { ok: true };
    giveHeldAnswers(server, {
      held: answers,
      callers: {
        find: (bearer) =>
          bearer === 'token'
            ? Promise.resolve({ scopes: ['read'], label: 'jwt' })
            : scopesOf[bearer] && { scopes: scopesOf[bearer], label: bearer },
      },
      limit: () => Promise.resolve(decision),
    });
    server.addHook('onResponse', (request: FastifyRequest & { caller?: string }, _reply, done) => {
      labels.push(request.caller);
      done();
    });
    server.get('/thing', (request: FastifyRequest & { given?: object }) => {
      request.given = {};
      return 'handler';
    });
    server.post('/thing', () => 'handler');
  });
  afterEach(() => server.close());

  const ask = (bearer?: string, more: Record<string, string> = {}, method: 'GET' | 'POST' = 'GET') =>
    server.inject({
      method,
      url: '/thing',
      headers: bearer === undefined ? more : { authorization: `Bearer ${bearer}`, ...more },
    });

  it('are given without the handler, with the headers of every answer, and logged under their caller', async () => {
    const answer = await ask('reader');
    expect([answer.statusCode, answer.body, answer.headers['etag']]).toEqual([200, '{"data":1}', '"a"']);
    expect(answer.headers).toMatchObject({
      'content-length': '10',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
    expect(labels).toEqual(['reader']);
    expect(answers.learnt).toEqual([]);
  });

  it('have no body when the caller holds them', async () => {
    answers.answer = { status: 304, headers: ['etag', '"a"'], body: null };
    const answer = await ask('reader');
    expect([answer.statusCode, answer.body, answer.headers['content-length']]).toEqual([304, '', undefined]);
  });

  it.each<[string, () => ReturnType<typeof ask>]>([
    ['nobody known', () => ask()],
    ['a caller without the scope', () => ask('operator')],
    ['a caller whom only his issuer can tell', () => ask('token')],
    ['a page of another origin', () => ask('reader', { origin: 'https://shop.example' })],
    ['another method', () => ask('reader', {}, 'POST')],
    [
      'a caller over his rate',
      () => {
        decision = { ok: false, retryAfterMs: 1_000 };
        return ask('reader');
      },
    ],
    [
      'an answer that is not held',
      () => {
        answers.answer = undefined;
        return ask('reader');
      },
    ],
  ])('leave the handler to decide: %s', async (_who, request) => {
    expect((await request()).body).toBe('handler');
  });

  it('are learnt from what the handler answered', async () => {
    answers.answer = undefined;
    await ask('reader');
    await ask('reader', {}, 'POST');
    expect(answers.learnt).toEqual(['/thing']);
  });
});
