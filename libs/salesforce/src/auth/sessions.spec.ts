import { describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import { Secret } from '@umbra/platform';
import { FakeClock, RecordingLog } from '@umbra/testing';
import type { Session, SessionExchange } from './session.ts';
import { Sessions } from './sessions.ts';
import { credentialsRefused } from './token-refusal.ts';

const ended = new UmbraError('SF_SESSION_ENDED', '401');

function setUp(exchange?: SessionExchange): {
  sessions: Sessions;
  clock: FakeClock;
  log: RecordingLog;
  signIns: () => number;
  failWith: (error: Error | undefined) => void;
} {
  const clock = new FakeClock();
  const log = new RecordingLog();
  let signIns = 0;
  let failure: Error | undefined;
  const signIn = async (): Promise<Session> => {
    signIns++;
    await Promise.resolve();
    if (failure !== undefined) throw failure;
    return {
      token: new Secret(`token-${signIns}`),
      instanceUrl: 'https://acme.my.salesforce.com',
      orgId: '00D',
      userId: '005',
    };
  };
  const sessions = new Sessions({ signIn, clock, log, ...(exchange === undefined ? {} : { exchange }) });
  return { sessions, clock, log, signIns: () => signIns, failWith: (error) => (failure = error) };
}

describe('sec-49: Sessions', () => {
  it('signs in once for all who ask at once, and again for all who were refused at once', async () => {
    const { sessions, signIns } = setUp();
    const first = await Promise.all(Array.from({ length: 20 }, () => sessions.current()));
    expect(new Set(first).size).toBe(1);
    sessions.accepted(first[0] as Session);
    const second = await Promise.all(first.map((session) => sessions.replace(session)));
    expect(new Set(second).size).toBe(1);
    expect(second[0]).not.toBe(first[0]);
    expect(signIns()).toBe(2);
  });

  it('a latecomer with the old token gets the new one without a sign-in', async () => {
    const { sessions, signIns } = setUp();
    const old = await sessions.current();
    const renewed = await sessions.replace(old);
    expect(await sessions.replace(old)).toBe(renewed);
    expect(signIns()).toBe(2);
  });

  it('a token that is refused before it ever worked opens the breaker', async () => {
    const { sessions, signIns, log } = setUp();
    const renewed = await sessions.replace(await sessions.current());
    expect(sessions.refusedAgain(renewed, ended)).toMatchObject({ code: 'SF_CREDENTIALS_REFUSED' });
    await expect(sessions.current()).rejects.toMatchObject({
      code: 'SF_CREDENTIALS_REFUSED',
      details: { reason: 'session-refused' },
      retryAt: new Date('2026-01-01T00:01:00Z'),
    });
    expect(signIns()).toBe(2);
    expect(sessions.state()).toEqual({
      state: 'refused',
      reason: 'session-refused',
      until: '2026-01-01T00:01:00.000Z',
    });
    expect(log.messages('error')).toEqual(['salesforce sign-in refused']);
  });

  it('another call that is refused with the same replacement opens it too, without a sign-in', async () => {
    const { sessions, signIns } = setUp();
    const renewed = await sessions.replace(await sessions.current());
    await expect(sessions.replace(renewed)).rejects.toMatchObject({ code: 'SF_CREDENTIALS_REFUSED' });
    expect(signIns()).toBe(2);
  });

  it('a replacement that worked may expire like any other', async () => {
    const { sessions, clock, signIns } = setUp();
    const renewed = await sessions.replace(await sessions.current());
    sessions.accepted(renewed);
    clock.advance(2 * 3_600_000);
    await expect(sessions.replace(renewed)).resolves.toBeDefined();
    expect(signIns()).toBe(3);
  });

  it('tokens that work and die at once do not loop either', async () => {
    const { sessions, signIns } = setUp();
    let session = await sessions.current();
    const dieAtOnce = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn++) {
        sessions.accepted(session);
        session = await sessions.replace(session);
      }
    };
    await expect(dieAtOnce()).rejects.toMatchObject({ details: { reason: 'sign-ins-too-frequent' } });
    expect(signIns()).toBe(3);
  });

  it('a refused sign-in is tried again after a hold that doubles, and forgotten once a token works', async () => {
    const { sessions, clock, signIns, failWith } = setUp();
    failWith(credentialsRefused('user-inactive'));
    for (const hold of [60_000, 120_000, 240_000, 300_000, 300_000]) {
      await expect(sessions.current()).rejects.toMatchObject({ details: { reason: 'user-inactive' } });
      const signInsSoFar = signIns();
      clock.advance(hold - 1);
      await expect(sessions.current()).rejects.toMatchObject({ details: { reason: 'user-inactive' } });
      expect(signIns()).toBe(signInsSoFar);
      clock.advance(1);
    }
    failWith(undefined);
    const session = await sessions.current();
    expect(sessions.state().state).toBe('refused');
    sessions.accepted(session);
    expect(sessions.state()).toEqual({ state: 'signed-in', reason: null, until: null });
  });

  it('an unreachable Salesforce is no refusal', async () => {
    const { sessions, signIns, failWith } = setUp();
    failWith(new UmbraError('SF_UNAVAILABLE', 'down'));
    for (let turn = 0; turn < 5; turn++)
      await expect(sessions.current()).rejects.toMatchObject({ code: 'SF_UNAVAILABLE' });
    failWith(undefined);
    await expect(sessions.current()).resolves.toBeDefined();
    expect(signIns()).toBe(6);
  });

  it('processes that share a session sign in once between them', async () => {
    let shared: { session: Session } | undefined;
    let flight: Promise<Session> | undefined;
    const exchange: SessionExchange = {
      renew: async (stale, signIn) => {
        if (shared !== undefined && shared.session.token !== stale) return shared.session;
        flight ??= signIn().finally(() => (flight = undefined));
        shared = { session: await flight };
        return shared.session;
      },
    };
    const one = setUp(exchange);
    const other = setUp(exchange);
    const [first, second] = await Promise.all([one.sessions.current(), other.sessions.current()]);
    expect(second.token).toBe(first.token);
    const renewed = await Promise.all([one.sessions.replace(first), other.sessions.replace(second)]);
    expect(renewed[0].token).toBe(renewed[1].token);
    expect(one.signIns() + other.signIns()).toBe(2);
  });
});
