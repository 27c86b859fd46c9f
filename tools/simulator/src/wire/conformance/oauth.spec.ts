import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../start-simulator.ts';
import { assertionFor, RawClient, type RawAnswer } from './raw-client.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
let simulator: Simulator;
let client: RawClient;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
});
afterAll(() => simulator.close());
beforeEach(async () => {
  client = await new RawClient(simulator).login();
});

const token = (fields: Record<string, string>, headers?: Record<string, string>): Promise<RawAnswer> =>
  new RawClient(simulator).form('/services/oauth2/token', fields, headers);

const app = (): { client_id: string; client_secret: string } => ({
  client_id: simulator.credentials.clientId,
  client_secret: simulator.credentials.clientSecret,
});

describe('a token answer', () => {
  it('has the keys of its grant, and never an end', async () => {
    const jwt = await token({ grant_type: JWT_BEARER, assertion: await assertionFor(simulator) });
    expect(jwt.status).toBe(200);
    expect(Object.keys(jwt.json as object).sort()).toEqual([
      'access_token',
      'id',
      'instance_url',
      'scope',
      'token_type',
    ]);
    const granted = await token({ grant_type: 'client_credentials', ...app() });
    expect(Object.keys(granted.json as object).sort()).toEqual([
      'access_token',
      'id',
      'instance_url',
      'issued_at',
      'scope',
      'signature',
      'token_type',
    ]);
    const { organizationId, integrationUserId } = simulator.org.identity;
    expect(granted.json).toMatchObject({
      access_token: expect.stringMatching(new RegExp(`^${organizationId.slice(0, 15)}!`)) as unknown,
      id: `${simulator.url}/id/${organizationId}/${integrationUserId}`,
      instance_url: simulator.url,
      token_type: 'Bearer',
      issued_at: expect.stringMatching(/^\d{13}$/) as unknown,
    });
    expect(granted.headers.get('cache-control')).toBe('no-cache,must-revalidate,max-age=0,no-store,private');
    expect(granted.headers.get('content-type')).toBe('application/json;charset=UTF-8');
  });

  it('is given for credentials in a Basic header too', async () => {
    const { clientId, clientSecret } = simulator.credentials;
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    expect((await token({ grant_type: 'client_credentials' }, { Authorization: basic })).status).toBe(200);
  });

  it.each([
    ['an unknown app', { client_id: 'x' }, 400, 'invalid_client_id', 'client identifier invalid'],
    ['a wrong secret', { client_secret: 'x' }, 400, 'invalid_client', 'invalid client credentials'],
    ['a grant nobody knows', { grant_type: 'x' }, 400, 'unsupported_grant_type', 'grant type not supported'],
    [
      'a refresh token that is none',
      { grant_type: 'refresh_token', refresh_token: 'x' },
      400,
      'invalid_grant',
      'expired access/refresh token',
    ],
    [
      'a wrong password',
      { grant_type: 'password', username: 'x', password: 'x' },
      400,
      'invalid_grant',
      'authentication failure',
    ],
    [
      'no assertion',
      { grant_type: JWT_BEARER },
      400,
      'invalid_request',
      'missing required parameter: assertion',
    ],
  ])('is refused for %s', async (_, fields, status, error, description) => {
    const answer = await token({ grant_type: 'client_credentials', ...app(), ...fields });
    expect([answer.status, answer.json]).toEqual([status, { error, error_description: description }]);
  });

  it('is refused for another user, another audience and a late end', async () => {
    const refusal = async (claims: Record<string, unknown>): Promise<unknown> =>
      (await token({ grant_type: JWT_BEARER, assertion: await assertionFor(simulator, claims) })).json;
    expect(await refusal({ sub: 'someone@else.example' })).toEqual({
      error: 'invalid_grant',
      error_description: "user hasn't approved this consumer",
    });
    expect(await refusal({ aud: simulator.url })).toHaveProperty('access_token');
    simulator.org.setKnobs({ jwtMyDomainAudience: false, jwtMaxAhead: 180 });
    expect(await refusal({ aud: simulator.url })).toMatchObject({ error_description: 'audience is invalid' });
    const late = Math.floor(Date.now() / 1000) + 240;
    expect(await refusal({ exp: late })).toMatchObject({ error_description: 'expired authorization code' });
    simulator.org.setKnobs({ jwtMyDomainAudience: true, jwtMaxAhead: 300 });
  });

  it('is refused beyond the logins of an hour', async () => {
    simulator.org.setKnobs({ loginsPerHour: 0 });
    const answer = await token({ grant_type: 'client_credentials', ...app() });
    simulator.org.setKnobs({ loginsPerHour: 3600 });
    expect([answer.status, answer.json]).toEqual([
      403,
      { error: 'rate_limit_exceeded', error_description: 'login rate exceeded' },
    ]);
  });

  it('is refused to a user who may no longer log in, whose sessions end too', async () => {
    const { integrationUserId } = simulator.org.identity;
    const setActive = (IsActive: boolean): void => {
      const { results } = simulator.org.transact([
        { op: 'update', object: 'User', id: integrationUserId, fields: { IsActive } },
      ]);
      expect(results).toMatchObject([{ success: true }]);
    };
    setActive(false);
    expect((await token({ grant_type: 'client_credentials', ...app() })).json).toMatchObject({
      error_description: 'inactive user',
    });
    expect((await client.call('/limits')).status).toBe(401);
    setActive(true);
    expect((await client.call('/limits')).status).toBe(200);
  });
});

describe('a session', () => {
  const ended = [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }];

  it('ends with its life, by the clock of the org', async () => {
    simulator.org.clock.advance(simulator.org.knobs.tokenLife * 1000);
    const answer = await client.call('/limits');
    expect([answer.status, answer.json]).toEqual([401, ended]);
    expect(answer.headers.get('sforce-limit-info')).toBeNull();
  });

  it('ends when all tokens are revoked, even those of this very moment, but not later ones', async () => {
    simulator.org.clock.freeze();
    const young = await new RawClient(simulator).login();
    simulator.org.revokeTokens();
    const later = await new RawClient(simulator).login();
    expect([(await young.call('/limits')).status, (await later.call('/limits')).status]).toEqual([401, 200]);
    simulator.org.clock.resume();
  });

  it('ends when its own token is revoked', async () => {
    const answer = (await token({ grant_type: 'client_credentials', ...app() })).json as {
      access_token: string;
    };
    const { access_token } = answer;
    expect(simulator.findSession(access_token)).toBeDefined();
    const first = await client.form('/services/oauth2/revoke', { token: access_token });
    const second = await client.form('/services/oauth2/revoke', { token: access_token });
    expect([first.status, second.status]).toEqual([200, 400]);
    expect(simulator.findSession(access_token)).toBeUndefined();
  });

  it('is needed', async () => {
    expect((await new RawClient(simulator).call('/limits')).json).toEqual(ended);
    expect((await new RawClient(simulator).call('/services/data')).status).toBe(200);
  });

  it('knows its user', async () => {
    const { organizationId, integrationUserId } = simulator.org.identity;
    expect((await client.call('/services/oauth2/userinfo')).json).toMatchObject({
      sub: `${simulator.url}/id/${organizationId}/${integrationUserId}`,
      user_id: integrationUserId,
      organization_id: organizationId,
      preferred_username: simulator.credentials.username,
      urls: { rest: `${simulator.url}/services/data/v{version}/` },
    });
    expect((await client.call(`/id/00D000000000000EAA/${integrationUserId}`)).status).toBe(403);
  });

  it('can be looked into by its app', async () => {
    const { access_token } = (await token({ grant_type: 'client_credentials', ...app() })).json as {
      access_token: string;
    };
    const look = (fields: Record<string, string>): Promise<RawAnswer> =>
      client.form('/services/oauth2/introspect', { token: access_token, ...app(), ...fields });
    expect((await look({})).json).toMatchObject({ active: true, username: simulator.credentials.username });
    expect((await look({ token: 'x' })).json).toEqual({ active: false });
    expect((await look({ client_secret: 'x' })).status).toBe(401);
  });
});
