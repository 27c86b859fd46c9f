import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { UmbraError, type FleetText } from '@umbra/domain';
import { Secret } from '@umbra/platform';
import { RecordingLog } from '@umbra/testing';
import type { Credentials } from './credentials.ts';
import { FleetSessions } from './fleet-sessions.ts';
import type { Session } from './session.ts';
import { credentialsRefused } from './token-refusal.ts';

/** One text for all, made by one at a time: what Redis does for a fleet. */
class MemoryText implements FleetText {
  readonly texts = new Map<string, string>();
  #turn: Promise<unknown> = Promise.resolve();

  agree(
    name: string,
    usable: (text: string) => boolean,
    make: () => Promise<{ readonly text: string }>,
  ): Promise<string> {
    const turn = this.#turn.then(async () => {
      const known = this.texts.get(name);
      if (known !== undefined && usable(known)) return known;
      const { text } = await make();
      this.texts.set(name, text);
      return text;
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

function credentialsWith(key: KeyObject): Credentials {
  return {
    flow: 'jwt-bearer',
    clientId: 'umbra',
    username: 'integration@umbra.test',
    audience: 'https://login.salesforce.com',
    readKey: () => ({ key, sameAs: () => true }),
  };
}

let tokens = 0;
const signsIn = (): Promise<Session> =>
  Promise.resolve({
    token: new Secret(`00D!secret-token-${++tokens}`),
    instanceUrl: 'https://acme.my.salesforce.com',
    orgId: '00D000000000001AAA',
    userId: '005000000000001AAA',
  });

const shared = newKey();

function member(texts: FleetText, credentials = credentialsWith(shared)): FleetSessions {
  return new FleetSessions({ texts, credentials, loginUrl: 'https://acme.example', log: new RecordingLog() });
}

describe('sec-49: the session of the fleet', () => {
  it('fault-25: is signed in to once, and once more when it ends, however many processes ask', async () => {
    const texts = new MemoryText();
    let calls = 0;
    const signIn = (): Promise<Session> => {
      calls++;
      return signsIn();
    };
    const fleet = Array.from({ length: 5 }, () => member(texts));
    const first = await Promise.all(fleet.map((one) => one.renew(undefined, signIn)));
    expect(new Set(first.map(({ token }) => token.reveal())).size).toBe(1);
    const second = await Promise.all(fleet.map((one) => one.renew(first[0]?.token, signIn)));
    expect(new Set(second.map(({ token }) => token.reveal())).size).toBe(1);
    expect(second[0]).toMatchObject({
      instanceUrl: 'https://acme.my.salesforce.com',
      orgId: '00D000000000001AAA',
    });
    expect(calls).toBe(2);
  });

  it('crosses the shared server as something that only a process with our credentials can read', async () => {
    const texts = new MemoryText();
    const { token } = await member(texts).renew(undefined, signsIn);
    const [stored = ''] = texts.texts.values();
    for (const seen of [stored, Buffer.from(stored, 'base64url').toString('latin1')]) {
      expect(seen).not.toContain(token.reveal());
      expect(seen).not.toContain('acme');
    }
    const stranger = member(texts, credentialsWith(newKey()));
    expect((await stranger.renew(undefined, signsIn)).token.reveal()).not.toBe(token.reveal());
  });

  it('trusts nothing that was altered on the way', async () => {
    const texts = new MemoryText();
    const { token } = await member(texts).renew(undefined, signsIn);
    for (const [name, text] of texts.texts) {
      const bytes = Buffer.from(text, 'base64url');
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
      texts.texts.set(name, bytes.toString('base64url'));
    }
    expect((await member(texts).renew(undefined, signsIn)).token.reveal()).not.toBe(token.reveal());
  });

  it('shares a refusal too, so that a disabled user is not tried once per process', async () => {
    const texts = new MemoryText();
    let calls = 0;
    const refused = (): Promise<Session> => {
      calls++;
      return Promise.reject(credentialsRefused('user-inactive', {}));
    };
    for (const one of [member(texts), member(texts), member(texts)])
      await expect(one.renew(undefined, refused)).rejects.toMatchObject({
        code: 'SF_CREDENTIALS_REFUSED',
        details: { reason: 'user-inactive' },
      });
    expect(calls).toBe(1);
  });

  it('does not share a failure that may pass', async () => {
    const texts = new MemoryText();
    const broken = () => Promise.reject(new UmbraError('SF_UNAVAILABLE', 'away'));
    await expect(member(texts).renew(undefined, broken)).rejects.toMatchObject({ code: 'SF_UNAVAILABLE' });
    await expect(member(texts).renew(undefined, signsIn)).resolves.toBeDefined();
  });
});
