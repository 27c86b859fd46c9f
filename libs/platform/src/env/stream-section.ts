import { z } from 'zod';
import { isLoopbackHost, listOf, onOff, plainText } from './texts.ts';
import { section, withDefault, type SectionValues } from './variable.ts';

/** `host:port`; an IPv6 address stands in brackets. */
const endpoint: z.ZodType<string, string> = plainText.transform((text, context) => {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text) ?? [];
  if (host !== '' && Number(port) >= 1 && Number(port) <= 65_535) return text;
  context.addIssue({
    code: 'custom',
    message: 'needs host:port like api.pubsub.salesforce.com:7443, without a scheme',
    input: undefined,
  });
  return z.NEVER;
});

/** Topics of change events: of one object, of all (`ChangeEvents`), or of a custom channel (`__chn`). */
const topic = z
  .string()
  .regex(
    /^\/data\/(ChangeEvents|\w+ChangeEvent|\w+__chn)$/,
    'needs topics like /data/AccountChangeEvent or /data/Catalog__chn, comma-separated',
  );

const topics = listOf(topic).pipe(
  z
    .array(z.string())
    .min(1, 'names no topic: give at least one, or set ENABLE_SF_EVENT_CONSUMER=false')
    .refine((list) => new Set(list).size === list.length, 'names a topic twice'),
) as z.ZodType<readonly string[], string>;

const variables = {
  consumer: withDefault('true', {
    name: 'ENABLE_SF_EVENT_CONSUMER',
    meaning:
      'false: the worker subscribes to no change events; the shadow then moves by backfills and reads only.',
    schema: onOff,
  }),
  endpoint: withDefault('api.pubsub.salesforce.com:7443', {
    name: 'SF_PUBSUB_ENDPOINT',
    meaning: 'Address of the Pub/Sub API as host:port. The simulator under ./umbra up.',
    schema: endpoint,
  }),
  insecure: withDefault('false', {
    name: 'SF_PUBSUB_INSECURE',
    meaning: 'true: without TLS. Accepted only when SF_PUBSUB_ENDPOINT is on loopback.',
    schema: onOff,
  }),
  topics: withDefault('/data/Product2ChangeEvent,/data/PricebookEntryChangeEvent,/data/AccountChangeEvent', {
    name: 'SF_CDC_TOPICS',
    meaning:
      'Topics of change events, one stream each, comma-separated. /data/ChangeEvents and custom channels (/data/Name__chn) work too.',
    schema: topics,
  }),
};

export type StreamSettings = SectionValues<typeof variables>;

/** A session token over plain text may not leave the machine. */
export const streamSection = section('Change stream', variables, ({ endpoint: address, insecure }) => {
  const host = address.slice(0, address.lastIndexOf(':'));
  return insecure && !isLoopbackHost(host)
    ? [
        `SF_PUBSUB_INSECURE true is accepted on loopback only, but SF_PUBSUB_ENDPOINT is ${JSON.stringify(address)}`,
      ]
    : [];
});
