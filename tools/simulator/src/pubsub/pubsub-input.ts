import { z } from 'zod';
import type { PubsubKnobs } from './pubsub-knobs.ts';

/** What the control API accepts about the stream. Strict, as everywhere there. */
const share = z.number().min(0).max(1);
const count = z.number().int().min(0);
const names = z.array(z.string().min(1));
const byName = z.record(z.string(), names);

const knobs = {
  entities: names,
  channels: z.record(z.string().regex(/^\w+__chn$/, { error: 'a channel is named Something__chn' }), names),
  dropEvents: share,
  gapEvents: share,
  diffText: z.boolean(),
  overflowAbove: count,
  cascadeEvents: z.boolean(),
  maxEventBytes: count.min(1),
  enrichedFields: byName,
  shuffle: count.max(100_000),
  duplicateReplayId: share,
  retention: z.number().min(0),
  replayIdBytes: z.literal([10, 8]),
  keepAliveEvery: z.number().min(0.01),
  idleClose: z.number().min(0.01),
  roundTrip: z.number().min(0),
  silence: z.boolean(),
  holdEvents: z.boolean(),
  deliveryCap: count,
  deliveryCapStatus: z.literal([8, 3, 13]),
  deniedTopics: names,
  topicPermissionStatus: z.literal([7, 5]),
  streamsOutliveTokens: z.boolean(),
  idleCloseStatus: z.literal([14, 13]),
  hideSchemas: names,
  snapshotChangeType: z.boolean(),
  addressChildren: z.literal([8, 10, 11]),
  personNameUnion: z.boolean(),
  parentBit: z.boolean(),
  schemaKeyOrder: z.enum(['type-first', 'name-first']),
  formulaInEvents: z.boolean(),
  corruptPayload: share,
  corruptNext: count,
} satisfies { [K in keyof PubsubKnobs]: z.ZodType };

export const knobsInput = z
  .strictObject(knobs)
  .partial()
  .transform(
    (patch) =>
      Object.fromEntries(
        Object.entries(patch).filter(([, value]) => value !== undefined),
      ) as Partial<PubsubKnobs>,
  );

export const replaySuffixInput = z.strictObject({ n: count.min(1) });

export const endStreamsInput = z.strictObject({
  /** gRPC status code. */
  status: z.number().int().min(1).max(16),
  details: z.string().default('RST_STREAM closed stream. HTTP/2 error code: NO_ERROR'),
  /** Suffix behind `sfdc.platform.eventbus.grpc.`; without it the stream ends as by the infrastructure. */
  errorCode: z.string().exactOptional(),
  /** Only streams of this topic; default all. */
  topic: z.string().exactOptional(),
});

export const unspecificInput = z.strictObject({
  object: z.string(),
  kind: z.enum(['wildcard', 'overflow']),
});

export const migrateInput = z.strictObject({
  /** Of at most five characters. */
  instanceName: z.string().min(1).max(5).default('UMB9'),
  newOrganization: z.boolean().default(false),
});

export const eventsQuery = z.strictObject({
  /** First event, counted from 1. */
  from: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).exactOptional(),
  object: z.string().exactOptional(),
});

export const streamsQuery = z.strictObject({
  live: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .exactOptional(),
});
