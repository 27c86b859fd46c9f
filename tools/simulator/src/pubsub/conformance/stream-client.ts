import avsc from 'avsc';
import {
  credentials,
  makeGenericClientConstructor,
  Metadata,
  type Client,
  type ClientDuplexStream,
  type ServiceError,
} from '@grpc/grpc-js';
import type { Simulator } from '../../wire/start-simulator.ts';
import { pubsubService, type FetchRequest, type FetchResponse } from '../interface.ts';

export const LATEST = 0;
export const EARLIEST = 1;
export const CUSTOM = 2;

type Unary = (
  request: unknown,
  metadata: Metadata,
  done: (error: ServiceError | null, answer?: Record<string, unknown>) => void,
) => void;

interface PubsubClient extends Client {
  GetTopic: Unary;
  GetSchema: Unary;
  Subscribe(metadata: Metadata): ClientDuplexStream<Partial<FetchRequest>, FetchResponse>;
}

const PubsubClient = makeGenericClientConstructor(pubsubService(), 'PubSub') as unknown as new (
  ...args: ConstructorParameters<typeof Client>
) => PubsubClient;

export interface Decoded {
  readonly ChangeEventHeader: {
    readonly entityName: string;
    readonly recordIds: string[];
    readonly changeType: string;
    readonly changeOrigin: string;
    readonly transactionKey: string;
    readonly sequenceNumber: number;
    readonly commitTimestamp: bigint;
    readonly commitNumber: bigint;
    readonly commitUser: string;
    readonly nulledFields: string[];
    readonly diffFields: string[];
    readonly changedFields: string[];
  };
  readonly [field: string]: unknown;
}

const bigLong = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

export async function accessToken({ url, credentials: given }: Simulator): Promise<string> {
  const answer = await fetch(`${url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: given.clientId,
      client_secret: given.clientSecret,
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** A client for tests: it checks nothing, so that wrong requests can be made too. */
export class StreamClient {
  readonly #client: PubsubClient;
  readonly #schemas = new Map<string, Promise<avsc.Type>>();
  metadata: Metadata;

  private constructor(endpoint: string, metadata: Metadata) {
    this.#client = new PubsubClient(endpoint, credentials.createInsecure());
    this.metadata = metadata;
  }

  static async connect(simulator: Simulator): Promise<StreamClient> {
    const client = new StreamClient(simulator.pubsubEndpoint, new Metadata());
    await client.signIn(simulator);
    return client;
  }

  async signIn(simulator: Simulator): Promise<void> {
    this.metadata.set('accesstoken', await accessToken(simulator));
    this.metadata.set('instanceurl', simulator.url);
    this.metadata.set('tenantid', simulator.org.identity.organizationId);
  }

  call(method: 'GetTopic' | 'GetSchema', request: unknown): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) =>
      this.#client[method](request, this.metadata, (error, answer) =>
        answer === undefined ? reject(error ?? new Error('no answer')) : resolve(answer),
      ),
    );
  }

  subscribe(first: Partial<FetchRequest>): TestStream {
    return new TestStream(this.#client.Subscribe(this.metadata), first);
  }

  async decode({ event }: FetchResponse['events'][number]): Promise<Decoded> {
    const type = (await this.#schema(event.schemaId)).fromBuffer(event.payload) as unknown;
    return type as Decoded;
  }

  close(): void {
    this.#client.close();
  }

  #schema(id: string): Promise<avsc.Type> {
    const known = this.#schemas.get(id);
    if (known !== undefined) return known;
    const fetched = this.call('GetSchema', { schemaId: id }).then(({ schemaJson }) =>
      avsc.Type.forSchema(JSON.parse(String(schemaJson)) as avsc.Schema, {
        registry: { long: bigLong },
        wrapUnions: 'never',
      }),
    );
    this.#schemas.set(id, fetched);
    return fetched;
  }
}

/** One stream: keeps everything that arrives. */
export class TestStream {
  readonly responses: FetchResponse[] = [];
  readonly ended: Promise<ServiceError | undefined>;
  readonly #call: ClientDuplexStream<Partial<FetchRequest>, FetchResponse>;
  #waiting: (() => void)[] = [];

  constructor(call: ClientDuplexStream<Partial<FetchRequest>, FetchResponse>, first: Partial<FetchRequest>) {
    this.#call = call;
    this.ended = new Promise((resolve) => {
      call.on('error', (error) => resolve(error as ServiceError));
      call.on('end', () => resolve(undefined));
    });
    call.on('data', (response: FetchResponse) => {
      this.responses.push(response);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    call.write({ replayPreset: EARLIEST, numRequested: 100, ...first });
  }

  get events(): FetchResponse['events'][number][] {
    return this.responses.flatMap(({ events }) => events);
  }

  get keepAlives(): FetchResponse[] {
    return this.responses.filter(({ events }) => events.length === 0);
  }

  more(numRequested: number, topicName = ''): void {
    this.#call.write({ topicName, numRequested });
  }

  /** Waits until so many events are there; fails when the stream ends before. */
  async until(test: (stream: TestStream) => boolean): Promise<this> {
    const ended = this.ended.then((error) => {
      throw error ?? new Error('the stream ended');
    });
    ended.catch(() => undefined);
    while (!test(this)) await Promise.race([new Promise<void>((wake) => this.#waiting.push(wake)), ended]);
    return this;
  }

  received(count: number): Promise<this> {
    return this.until(({ events }) => events.length >= count);
  }

  cancel(): void {
    this.#call.cancel();
  }
}
