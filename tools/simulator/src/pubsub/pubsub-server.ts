import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
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
import { Allocations } from './allocations.ts';
import type { EventBus } from './event-bus.ts';
import { pubsubService, type FetchRequest, type FetchResponse } from './interface.ts';
import { ends, type StreamEnd } from './stream-end.ts';
import { metadataOf, Subscription, type Caller, type StreamFacts } from './subscription.ts';
import { openTopic } from './topics.ts';

/** Whether a token is one that this org gave out and that still lives. */
export type TokenCheck = (token: string) => { readonly clientId: string } | undefined;

export interface PubsubServerOptions {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** PEM texts; without them the server speaks HTTP/2 without TLS. */
  readonly tls?: { readonly key: string; readonly certificate: string } | undefined;
}

export interface PubsubServer {
  /** `host:port` */
  readonly endpoint: string;
  /** The newest streams, live ones and ended ones, oldest first. */
  streams(): readonly StreamFacts[];
  /** Calls of GetTopic and GetSchema. */
  readonly calls: { GetTopic: number; GetSchema: number; refused: number };
  close(): Promise<void>;
}

const KEPT_STREAMS = 10_000;

function serviceError(end: StreamEnd, type: string): Partial<ServiceError> {
  const rpcId = randomUUID();
  const details = `${end.details} rpcId: ${rpcId}`;
  return { code: end.status, details, message: details, metadata: metadataOf(end, type, rpcId) };
}

/** Who calls, by the three metadata keys that every call carries; undefined when one of them is wrong. */
function callerOf(
  org: Org,
  bus: EventBus,
  tokens: TokenCheck,
  allocations: Allocations,
): (m: Metadata) => Caller | undefined {
  return (metadata) => {
    const value = (name: string): string => String(metadata.get(name)[0] ?? '');
    const tenant = value('tenantid').replace(/^CORE\/[a-z]+\//, '');
    const { organizationId } = org.identity;
    const isOurs = tenant === organizationId || tenant === organizationId.slice(0, 15);
    if (!isOurs || !URL.canParse(value('instanceurl'))) return undefined;
    const token = value('accesstoken');
    const session = tokens(token);
    if (session === undefined) return undefined;
    const { clientId } = session;
    return {
      clientId,
      isAuthorised: () => tokens(token) !== undefined,
      allowance: () => {
        const { deliveryCap } = bus.knobs;
        return deliveryCap === 0 ? Infinity : Math.max(0, deliveryCap - allocations.usedBy(clientId));
      },
      spend: (events) => allocations.spend(clientId, events),
    };
  };
}

function getTopic(bus: EventBus, topicName: string): Record<string, unknown> | StreamEnd {
  const topic = openTopic(topicName, bus);
  if ('status' in topic) return topic;
  return {
    topicName,
    tenantGuid: bus.tenant,
    canPublish: false,
    canSubscribe: true,
    // Channels of several objects have no schema of their own.
    schemaId: topic.entity === undefined ? '' : (bus.schemas.current(topic.entity)?.schema.id ?? ''),
    rpcId: randomUUID(),
  };
}

function getSchema(bus: EventBus, schemaId: string): Record<string, unknown> | StreamEnd {
  if (schemaId === '') return ends.schemaIdBlank;
  const schema = bus.knobs.hideSchemas.includes(schemaId) ? undefined : bus.schemas.byId(schemaId);
  return schema === undefined
    ? ends.schemaUnknown
    : { schemaJson: schema.json, schemaId, rpcId: randomUUID() };
}

/** gRPC `eventbus.v1.PubSub`. */
export async function servePubsub(
  org: Org,
  bus: EventBus,
  tokens: TokenCheck,
  options: PubsubServerOptions,
): Promise<PubsubServer> {
  const { host = '127.0.0.1', port, tls } = options;
  const streams: StreamFacts[] = [];
  const calls = { GetTopic: 0, GetSchema: 0, refused: 0 };
  const identify = callerOf(org, bus, tokens, new Allocations(org.clock));
  const unary =
    <Q>(type: 'GetTopic' | 'GetSchema', answer: (request: Q) => Record<string, unknown> | StreamEnd) =>
    (call: ServerUnaryCall<Q, unknown>, done: sendUnaryData<unknown>): void => {
      calls[type]++;
      const isKnown = identify(call.metadata) !== undefined;
      if (!isKnown) calls.refused++;
      const result = isKnown ? answer(call.request) : ends.unauthenticated;
      if (isEnd(result)) done(serviceError(result, type));
      else done(null, result);
    };

  const server = new Server({
    'grpc.max_receive_message_length': 4 * 1024 * 1024,
    'grpc.max_concurrent_streams': 1000,
  });
  server.addService(pubsubService(), {
    GetTopic: unary('GetTopic', ({ topicName }: { topicName: string }) => getTopic(bus, topicName)),
    GetSchema: unary('GetSchema', ({ schemaId }: { schemaId: string }) => getSchema(bus, schemaId)),
    Subscribe: (call: ServerDuplexStream<FetchRequest, FetchResponse>): void => {
      const caller = identify(call.metadata);
      if (caller === undefined) {
        calls.refused++;
        const error = serviceError(ends.unauthenticated, 'Subscribe');
        call.emit('error', Object.assign(new Error(error.message), error));
        return;
      }
      streams.push(new Subscription(bus, call, caller).facts);
      if (streams.length > KEPT_STREAMS) streams.shift();
    },
  });
  const security =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [
          { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) },
        ]);
  await ensureFree(host, port);
  const address = host.includes(':') ? `[${host}]` : host;
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${address}:${port}`, security, (error, at) =>
      error === null ? resolve(at) : reject(error),
    );
  });
  return {
    endpoint: `${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : address}:${bound}`,
    streams: () => streams,
    calls,
    close: async () => server.forceShutdown(),
  };
}

/** The gRPC server tells of a taken port in words alone. Throws the system's EADDRINUSE. */
async function ensureFree(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const probe = createServer().listen(port, host);
  await once(probe, 'listening');
  probe.close();
  await once(probe, 'close');
}

function isEnd(value: Record<string, unknown> | StreamEnd): value is StreamEnd {
  return 'status' in value && 'details' in value;
}
