import {
  loadPackageDefinition,
  type Client,
  type ClientDuplexStream,
  type GrpcObject,
  type Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

/** Values of `eventbus.v1.ReplayPreset`. LATEST (0) is left out: the code cannot even say it. */
export const REPLAY = { EARLIEST: 1, CUSTOM: 2 } as const;

export interface FetchRequest {
  topic_name?: string;
  replay_preset?: (typeof REPLAY)[keyof typeof REPLAY];
  replay_id?: Uint8Array;
  num_requested: number;
}

export interface FetchResponse {
  events: { event: { id: string; schema_id: string; payload: Buffer } | null; replay_id: Buffer }[];
  latest_replay_id: Buffer;
  rpc_id: string;
  pending_num_requested: number;
}

export interface PubSubClient extends Client {
  Subscribe(metadata: Metadata): ClientDuplexStream<FetchRequest, FetchResponse>;
  GetSchema(
    request: { schema_id: string },
    metadata: Metadata,
    options: { deadline: number },
    done: (error: ServiceError | null, info?: { schema_json: string; schema_id: string }) => void,
  ): void;
}

type FieldType = 'string' | 'bytes' | 'int32' | 'bool';
const fields = (
  ...list: (readonly [name: string, id: number, type?: string, rule?: 'repeated'])[]
): object => ({
  fields: Object.fromEntries(
    list.map(([name, id, type = 'string' satisfies FieldType, rule]) => [
      name,
      { type, id, ...(rule && { rule }) },
    ]),
  ),
});

/**
 * The part of `eventbus.v1.PubSub` that a subscriber calls. Field numbers are the wire contract.
 * Source: `pubsub_api.proto` of the Pub/Sub API.
 */
const messages = {
  SchemaRequest: fields(['schema_id', 1]),
  SchemaInfo: fields(['schema_json', 1], ['schema_id', 2], ['rpc_id', 3]),
  ProducerEvent: fields(['id', 1], ['schema_id', 2], ['payload', 3, 'bytes']),
  ConsumerEvent: fields(['event', 1, 'ProducerEvent'], ['replay_id', 2, 'bytes']),
  FetchRequest: fields(
    ['topic_name', 1],
    ['replay_preset', 2, 'ReplayPreset'],
    ['replay_id', 3, 'bytes'],
    ['num_requested', 4, 'int32'],
  ),
  FetchResponse: fields(
    ['events', 1, 'ConsumerEvent', 'repeated'],
    ['latest_replay_id', 2, 'bytes'],
    ['rpc_id', 3],
    ['pending_num_requested', 4, 'int32'],
  ),
  ReplayPreset: { values: { LATEST: 0, EARLIEST: 1, CUSTOM: 2 } },
  PubSub: {
    methods: {
      Subscribe: {
        requestType: 'FetchRequest',
        requestStream: true,
        responseType: 'FetchResponse',
        responseStream: true,
      },
      GetSchema: { requestType: 'SchemaRequest', responseType: 'SchemaInfo' },
    },
  },
};

type PubSubConstructor = new (...args: ConstructorParameters<ServiceClientConstructor>) => PubSubClient;

export function pubsubClient(): PubSubConstructor {
  const definition = fromJSON({ nested: { eventbus: { nested: { v1: { nested: messages } } } } } as never, {
    keepCase: true,
    enums: Number,
    defaults: true,
  });
  const eventbus = loadPackageDefinition(definition)['eventbus'] as GrpcObject;
  return (eventbus['v1'] as GrpcObject)['PubSub'] as unknown as PubSubConstructor;
}
