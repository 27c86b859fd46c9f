import { describe, expect, it } from '@jest/globals';
import { isUmbraError } from '@umbra/domain';
import { loadEnv } from '../env.ts';
import { exitCodeOf } from '../lifecycle/exit-codes.ts';
import { streamSection } from './stream-section.ts';

const load = (values: Record<string, string>) => loadEnv({ stream: streamSection }, { values, problems: [] });

function refusal(values: Record<string, string>): { exitCode: number; problems: readonly string[] } {
  try {
    load(values);
  } catch (error) {
    if (isUmbraError(error)) return { exitCode: exitCodeOf(error), problems: error.problems };
    throw error;
  }
  throw new Error('was accepted');
}

describe('environment of the change stream', () => {
  it('has the defaults of the contract', () => {
    expect(load({}).env.stream).toEqual({
      consumer: true,
      endpoint: 'api.pubsub.salesforce.com:7443',
      insecure: false,
      topics: ['/data/Product2ChangeEvent', '/data/PricebookEntryChangeEvent', '/data/AccountChangeEvent'],
    });
  });

  it.each(['127.0.0.1:4102', 'localhost:4102', '[::1]:4102'])('goes without TLS to %s', (endpoint) => {
    const { env } = load({ SF_PUBSUB_INSECURE: 'true', SF_PUBSUB_ENDPOINT: endpoint });
    expect(env.stream).toMatchObject({ endpoint, insecure: true });
  });

  it.each(['api.pubsub.salesforce.com:7443', '10.0.0.7:7443', '127.0.0.1.example.com:7443', '0.0.0.0:7443'])(
    'sec-27: refuses to go without TLS to %s',
    (endpoint) => {
      const { exitCode, problems } = refusal({ SF_PUBSUB_INSECURE: 'true', SF_PUBSUB_ENDPOINT: endpoint });
      expect(exitCode).toBe(78);
      expect(problems).toEqual([
        expect.stringContaining('SF_PUBSUB_INSECURE true is accepted on loopback only'),
      ]);
    },
  );

  it('takes single topics, the channel of all changes and custom channels', () => {
    const text = '/data/ChangeEvents, /data/Catalog__chn,/data/Account_Thing__ChangeEvent';
    expect(load({ SF_CDC_TOPICS: text }).env.stream.topics).toEqual([
      '/data/ChangeEvents',
      '/data/Catalog__chn',
      '/data/Account_Thing__ChangeEvent',
    ]);
  });

  it.each([
    ['SF_PUBSUB_ENDPOINT', 'https://api.pubsub.salesforce.com:7443', 'host:port'],
    ['SF_PUBSUB_ENDPOINT', 'api.pubsub.salesforce.com', 'host:port'],
    ['SF_PUBSUB_ENDPOINT', 'localhost:70000', 'host:port'],
    ['SF_PUBSUB_ENDPOINT', '', 'empty'],
    ['SF_PUBSUB_INSECURE', 'yes', 'true or false'],
    ['SF_CDC_TOPICS', '', 'names no topic'],
    ['SF_CDC_TOPICS', 'AccountChangeEvent', 'needs topics'],
    ['SF_CDC_TOPICS', '/event/Order__e', 'needs topics'],
    ['SF_CDC_TOPICS', '/data/ChangeEvents,/data/ChangeEvents', 'twice'],
    ['ENABLE_SF_EVENT_CONSUMER', '1', 'true or false'],
  ])('%s=%j is an error and never the default', (name, text, phrase) => {
    const { exitCode, problems } = refusal({ [name]: text });
    expect(exitCode).toBe(78);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(`${name} `)).toBe(true);
    expect(problems[0]).toContain(phrase);
  });
});
