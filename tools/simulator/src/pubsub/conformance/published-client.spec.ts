import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import PubSubApiClient from 'salesforce-pubsub-api-client';
import { idOf } from '../../org/ids.ts';
import { startSimulator, type Simulator } from '../../wire/start-simulator.ts';
import { selfSigned } from './self-signed.ts';

interface ParsedEvent {
  readonly replayId: number;
  readonly payload: {
    readonly ChangeEventHeader: Record<string, unknown>;
    readonly [field: string]: unknown;
  };
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let simulator: Simulator;
let client: PubSubApiClient;
const received: ParsedEvent[] = [];
let wake = (): void => undefined;
let ended: Error | undefined;

beforeAll(async () => {
  // This client speaks TLS only, and its server's certificate may be one of nobody's.
  simulator = await startSimulator({ seed: 7, pubsubTls: selfSigned() });
  const { clientId, clientSecret } = simulator.credentials;
  client = new PubSubApiClient(
    {
      authType: 'oauth-client-credentials',
      loginUrl: simulator.url,
      clientId,
      clientSecret,
      pubSubEndpoint: simulator.pubsubEndpoint,
      rejectUnauthorizedSsl: false,
    },
    silent,
  );
  await client.connect();
  client.subscribeFromEarliestEvent('/data/AccountChangeEvent', (_subscription, type, data) => {
    if (type === 'event') received.push(data as ParsedEvent);
    if (type === 'error') ended = data as Error;
    wake();
  });
});
afterAll(async () => {
  client.close();
  await simulator.close();
});

async function next(): Promise<ParsedEvent['payload']> {
  while (received.length === 0) await new Promise<void>((resolve) => (wake = resolve));
  return (received.shift() as ParsedEvent).payload;
}

const transact = (...edits: Parameters<Simulator['org']['transact']>[0]): string =>
  String(simulator.org.transact(edits).results[0]?.id);

describe('salesforce-pubsub-api-client', () => {
  it('decodes a creation, an update with compound fields, a deletion and an undeletion', async () => {
    const id = transact({
      op: 'create',
      object: 'Account',
      fields: { Name: 'Ada & Söhne', BillingStreet: 'Street 1', BillingCity: 'Berlin', AnnualRevenue: 1.5e6 },
    });
    const created = await next();
    expect(created).toMatchObject({
      ChangeEventHeader: {
        entityName: 'Account',
        changeType: 'CREATE',
        recordIds: [id],
        commitNumber: simulator.org.history.last?.commitNumber,
        changedFields: [],
        nulledFields: [],
      },
      Name: 'Ada & Söhne',
      AnnualRevenue: 1_500_000,
    });
    expect(created['BillingAddress']).toMatchObject({ Street: 'Street 1', City: 'Berlin', State: null });

    transact({
      op: 'update',
      object: 'Account',
      id,
      fields: { BillingStreet: 'Street 2', BillingCity: null, Phone: '030', AnnualRevenue: null },
    });
    const updated = await next();
    expect(updated.ChangeEventHeader['changeType']).toBe('UPDATE');
    expect([...(updated.ChangeEventHeader['changedFields'] as string[])].sort()).toEqual([
      'AnnualRevenue',
      'BillingAddress.City',
      'BillingAddress.Street',
      'LastModifiedDate',
      'Phone',
    ]);
    expect(updated.ChangeEventHeader['nulledFields']).toEqual(['AnnualRevenue', 'BillingAddress.City']);
    expect(updated).toMatchObject({ Phone: '030', AnnualRevenue: null, Name: null });

    transact({ op: 'delete', id });
    expect(await next()).toMatchObject({
      ChangeEventHeader: { changeType: 'DELETE', recordIds: [id], changedFields: [] },
      Name: null,
      BillingAddress: null,
    });

    transact({ op: 'undelete', id });
    expect(await next()).toMatchObject({
      ChangeEventHeader: { changeType: 'UNDELETE', recordIds: [id] },
      Name: 'Ada & Söhne',
      Phone: '030',
      AnnualRevenue: null,
    });
  });

  it('goes on through a change of the schema', async () => {
    simulator.org.schema.addField('Account', { name: 'First__c', type: 'string', length: 20 }, 'Phone');
    const id = idOf('001', 1);
    transact({ op: 'update', object: 'Account', id, fields: { First__c: 'in front', Phone: '1' } });
    const event = await next();
    expect(event).toMatchObject({ First__c: 'in front', Phone: '1' });
    expect(event.ChangeEventHeader['changedFields']).toEqual(
      expect.arrayContaining(['First__c', 'Phone', 'LastModifiedDate']),
    );
  });

  it('is told why its stream ends', async () => {
    simulator.bus.endStreams({ status: 14, details: 'This application is down for maintenance' });
    while (ended === undefined) await new Promise<void>((resolve) => (wake = resolve));
    expect(ended).toMatchObject({ code: 14, details: 'This application is down for maintenance' });
  });
});
