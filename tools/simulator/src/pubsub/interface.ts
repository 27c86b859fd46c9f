import {
  loadPackageDefinition,
  type GrpcObject,
  type ServiceClientConstructor,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

type Fields = Record<string, { type: string; id: number; rule?: 'repeated' }>;

const message = (fields: Fields): { fields: Fields } => ({ fields });
const text = (id: number): Fields[string] => ({ type: 'string', id });
const bytes = (id: number): Fields[string] => ({ type: 'bytes', id });
const number = (id: number): Fields[string] => ({ type: 'int32', id });

/** The published interface `eventbus.v1.PubSub`, as far as subscribers use it; field numbers are the contract. */
const nested = {
  TopicRequest: message({ topicName: text(1) }),
  TopicInfo: message({
    topicName: text(1),
    tenantGuid: text(2),
    canPublish: { type: 'bool', id: 3 },
    canSubscribe: { type: 'bool', id: 4 },
    schemaId: text(5),
    rpcId: text(6),
  }),
  SchemaRequest: message({ schemaId: text(1) }),
  SchemaInfo: message({ schemaJson: text(1), schemaId: text(2), rpcId: text(3) }),
  EventHeader: message({ key: text(1), value: bytes(2) }),
  ProducerEvent: message({
    id: text(1),
    schemaId: text(2),
    payload: bytes(3),
    headers: { type: 'EventHeader', id: 4, rule: 'repeated' },
  }),
  ConsumerEvent: message({ event: { type: 'ProducerEvent', id: 1 }, replayId: bytes(2) }),
  ReplayPreset: { values: { LATEST: 0, EARLIEST: 1, CUSTOM: 2 } },
  FetchRequest: message({
    topicName: text(1),
    replayPreset: { type: 'ReplayPreset', id: 2 },
    replayId: bytes(3),
    numRequested: number(4),
    authRefresh: text(5),
  }),
  FetchResponse: message({
    events: { type: 'ConsumerEvent', id: 1, rule: 'repeated' },
    latestReplayId: bytes(2),
    rpcId: text(3),
    pendingNumRequested: number(4),
  }),
  PubSub: {
    methods: {
      Subscribe: {
        requestType: 'FetchRequest',
        requestStream: true,
        responseType: 'FetchResponse',
        responseStream: true,
      },
      GetSchema: { requestType: 'SchemaRequest', responseType: 'SchemaInfo' },
      GetTopic: { requestType: 'TopicRequest', responseType: 'TopicInfo' },
    },
  },
};

export interface FetchRequest {
  readonly topicName: string;
  readonly replayPreset: number;
  readonly replayId: Buffer;
  readonly numRequested: number;
}

export interface FetchResponse {
  readonly events: readonly {
    readonly event: { readonly id: string; readonly schemaId: string; readonly payload: Buffer };
    readonly replayId: Buffer;
  }[];
  readonly latestReplayId: Buffer;
  readonly rpcId: string;
  readonly pendingNumRequested: number;
}

export function pubsubService(): ServiceDefinition {
  const definition = fromJSON({ nested: { eventbus: { nested: { v1: { nested } } } } } as never, {
    longs: String,
    enums: Number,
    defaults: true,
  });
  const eventbus = loadPackageDefinition(definition)['eventbus'] as GrpcObject;
  return ((eventbus['v1'] as GrpcObject)['PubSub'] as ServiceClientConstructor).service;
}
