import { randomUUID } from 'node:crypto';
import {
  Server,
  ServerCredentials,
  type Metadata,
  type ServiceError,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { Org } from '../org/org.ts';
import type { EventBus, StreamEnd } from './event-bus.ts';
import { pubsubService, type FetchRequest, type FetchResponse } from './interface.ts';
import {
  metadataOf,
  Subscription,
  topicNotFound,
  type Allocation,
  type StreamFacts,
} from './subscription.ts';
import { findTopic } from './topics.ts';

const DAY_MS = 24 * 3_600_000;

/** Whether a token is one that this org gave out and that still lives. */
export type TokenCheck = (token: string) => { readonly clientId: string } | undefined;

export interface PubsubServer {
  readonly port: number;
  /** Every stream ever opened, live ones included. */
  streams(): readonly StreamFacts[];
  close(): Promise<void>;
}

const refused: StreamEnd = {
  status: 16,
  errorCode: 'service.auth.error',
  details: 'An authentication exception occurred. Provide valid authentication via metadata headers.',
};

function serviceError(end: StreamEnd, type: string): Partial<ServiceError> {
  const rpcId = randomUUID();
  const details = `${end.details} rpcId: ${rpcId}`;
  return { code: end.status, details, message: details, metadata: metadataOf(end, type, rpcId) };
}

/** Events delivered to each client in the last 24 hours of the org's clock, in hourly buckets. */
class Allocations {
  readonly #org: Org;
  readonly #cap: () => number;
  readonly #delivered = new Map<string, { at: number; events: number }[]>();

  constructor(org: Org, cap: () => number) {
    this.#org = org;
    this.#cap = cap;
  }

  of(client: string): Allocation {
    return { take: (events) => this.#take(client, events) };
  }

  #take(client: string, events: number): boolean {
    const cap = this.#cap();
    if (cap === 0) return true;
    const now = this.#org.clock.elapsed();
    const recent = (this.#delivered.get(client) ?? []).filter(({ at }) => at > now - DAY_MS);
    this.#delivered.set(client, recent);
    const used = recent.reduce((sum, bucket) => sum + bucket.events, 0);
    if (used + events > cap) return false;
    const last = recent.at(-1);
    if (last !== undefined && now - last.at < 3_600_000) last.events += events;
    else recent.push({ at: now, events });
    return true;
  }
}

/** gRPC `eventbus.v1.PubSub` on loopback, without TLS. */
export async function servePubsub(
  org: Org,
  bus: EventBus,
  tokens: TokenCheck,
  port: number,
): Promise<PubsubServer> {
  const streams: StreamFacts[] = [];
  const allocations = new Allocations(org, () => bus.knobs.deliveryCap);

  const authorise = (metadata: Metadata): string | undefined => {
    const value = (name: string): string => String(metadata.get(name)[0] ?? '');
    const tenant = value('tenantid').replace(/^CORE\/[a-z]+\//, '');
    const orgId = org.identity.organizationId;
    const ours = tenant === orgId || tenant === orgId.slice(0, 15);
    return ours && value('instanceurl') !== '' ? tokens(value('accesstoken'))?.clientId : undefined;
  };

  const unary =
    <Q, A>(type: string, answer: (request: Q) => A | StreamEnd) =>
    (call: ServerUnaryCall<Q, A>, done: sendUnaryData<A>): void => {
      const result = authorise(call.metadata) === undefined ? refused : answer(call.request);
      if (isEnd(result)) done(serviceError(result, type));
      else done(null, result);
    };

  const server = new Server({
    'grpc.max_receive_message_length': 4 * 1024 * 1024,
    'grpc.max_concurrent_streams': 1000,
  });
  server.addService(pubsubService(), {
    GetTopic: unary('GetTopic', ({ topicName }: { topicName: string }) => {
      const topic = findTopic(topicName, bus.knobs);
      if (topic === undefined) return topicNotFound(topicName);
      return {
        topicName,
        tenantGuid: `CORE/prod/${org.identity.organizationId}`,
        canPublish: false,
        canSubscribe: true,
        schemaId: (topic.entity && bus.schemas.current(topic.entity)?.schema.id) ?? '',
        rpcId: randomUUID(),
      };
    }),
    GetSchema: unary('GetSchema', ({ schemaId }: { schemaId: string }) => {
      const problem = { status: 3, errorCode: 'schema.validation.failed' };
      if (schemaId === '')
        return { ...problem, details: "Schema validation failed. The schema ID can't be blank." };
      const schema = bus.knobs.hideSchemas.includes(schemaId) ? undefined : bus.schemas.byId(schemaId);
      if (schema === undefined)
        return { ...problem, details: 'Schema validation failed. The schema ID is unknown.' };
      return { schemaJson: schema.json, schemaId, rpcId: randomUUID() };
    }),
    Subscribe: (call: ServerDuplexStream<FetchRequest, FetchResponse>): void => {
      const client = authorise(call.metadata);
      if (client === undefined) {
        call.emit('error', Object.assign(new Error(refused.details), serviceError(refused, 'Subscribe')));
        return;
      }
      streams.push(new Subscription(bus, call, allocations.of(client)).facts);
    },
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    );
  });
  return {
    port: bound,
    streams: () => streams,
    close: async () => server.forceShutdown(),
  };
}

function isEnd(value: unknown): value is StreamEnd {
  return typeof value === 'object' && value !== null && 'status' in value && 'details' in value;
}
