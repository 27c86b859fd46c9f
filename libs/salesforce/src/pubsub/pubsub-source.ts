import { createSecureContext } from 'node:tls';
import { ChannelCredentials, Metadata, type ChannelOptions } from '@grpc/grpc-js';
import {
  UmbraError,
  type ChangeSource,
  type ChangeStream,
  type Clock,
  type StreamStart,
} from '@umbra/domain';
import type { Session } from '../auth/session.ts';
import { PubsubChangeStream, type SubscribeCall } from './change-stream.ts';
import { defaultLimits, type DemandLimits } from './demand.ts';
import { pubsubClient, type PubSubClient } from './pubsub-interface.ts';
import { defaultSilence, type SilenceBounds } from './silence.ts';
import { translateStreamError } from './translate-stream-error.ts';

/** What the source needs of the sign-in: a session, and a word when Salesforce refused it. */
export interface StreamSessions {
  current(): Promise<Session>;
  replace(stale: Session): Promise<Session>;
  /** Salesforce has answered a call that went out with it. */
  accepted(session: Session): void;
}

export interface PubsubOptions {
  /** `host:port`. TLS always, unless `insecure`, which configuration allows on loopback only. */
  readonly endpoint: string;
  readonly insecure: boolean;
  readonly sessions: StreamSessions;
  readonly clock: Clock;
  readonly limits?: DemandLimits;
  readonly silence?: SilenceBounds;
}

/** A schema has a few hundred kilobytes at most; a minute is generous. */
const SCHEMA_DEADLINE_MS = 60_000;
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

const channel: ChannelOptions = {
  // A client that was given up for silence must not be followed by one on its very connection.
  'grpc.use_local_subchannel_pool': 1,
  // Pings find a dead connection within 40 s, long before silence would; a proxy that answers them still hides it.
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 20_000,
  // Reconnecting is ours to decide: a call that fails is resumed from the stored position with a new token.
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
};

/** Pub/Sub API over gRPC: one channel for all topics, at most one live stream for each. */
export class PubsubSource implements ChangeSource {
  readonly #options: PubsubOptions;
  #client: PubSubClient;
  readonly #live = new Map<string, ChangeStream>();
  readonly #schemas = new Map<string, Promise<string>>();

  constructor(options: PubsubOptions) {
    this.#options = options;
    this.#client = connect(options);
  }

  /** A stream of the same topic that still lives is closed first: two would deliver everything twice. */
  open(topic: string, start: StreamStart): ChangeStream {
    this.#live.get(topic)?.close();
    const { clock, limits = defaultLimits, sessions, silence = defaultSilence } = this.#options;
    let session: Session | undefined;
    const stream = new PubsubChangeStream({
      topic,
      start,
      clock,
      limits,
      silence,
      connect: async (): Promise<SubscribeCall> => {
        session = await sessions.current();
        return this.#client.Subscribe(metadataOf(session));
      },
      onAccepted: () => {
        if (session !== undefined) sessions.accepted(session);
      },
      onRefused: () => this.#refused(session),
      onSilent: () => this.#reconnect(),
    });
    this.#live.set(topic, stream);
    return stream;
  }

  /** Schemas never change under their id, so each is fetched once; a failure is not remembered. */
  schema(schemaId: string): Promise<string> {
    const known = this.#schemas.get(schemaId);
    if (known !== undefined) return known;
    const fetched = this.#fetchSchema(schemaId).catch((error: unknown) => {
      this.#schemas.delete(schemaId);
      throw error;
    });
    this.#schemas.set(schemaId, fetched);
    return fetched;
  }

  close(): void {
    for (const stream of this.#live.values()) stream.close();
    this.#client.close();
  }

  async #fetchSchema(schemaId: string): Promise<string> {
    const { sessions } = this.#options;
    const session = await sessions.current();
    return new Promise((resolve, reject) => {
      this.#client.GetSchema(
        { schema_id: schemaId },
        metadataOf(session),
        { deadline: Date.now() + SCHEMA_DEADLINE_MS },
        (error, info) => {
          if (error === null && info !== undefined) {
            sessions.accepted(session);
            return resolve(info.schema_json);
          }
          const translated = translateStreamError(error ?? {});
          if (translated.code === 'SF_SESSION_ENDED') this.#refused(session);
          reject(
            translated.code === 'SF_STREAM_ENDED'
              ? new UmbraError('SF_UNAVAILABLE', 'The schema could not be fetched.', {
                  details: translated.details,
                })
              : translated,
          );
        },
      );
    });
  }

  #refused(stale: Session | undefined): void {
    // A refused replacement is found out by the next call; nothing waits for this one.
    if (stale !== undefined) this.#options.sessions.replace(stale).catch(() => undefined);
  }

  /**
   * Something between us and Salesforce may answer pings for a connection that is dead behind it; the next stream would
   * be as silent there. Streams of other topics that still run on the old connection end when they end.
   */
  #reconnect(): void {
    this.#client.close();
    this.#client = connect(this.#options);
  }
}

function connect({ endpoint, insecure }: PubsubOptions): PubSubClient {
  // Node's own authorities and ciphers, as for every other connection, and not what gRPC's variables may name.
  const security = insecure
    ? ChannelCredentials.createInsecure()
    : ChannelCredentials.createFromSecureContext(createSecureContext());
  return new (pubsubClient())(endpoint, security, channel);
}

/** The token of the moment with each call: a running stream may outlive its own. Source: Pub/Sub API guide, "Supported Authentication". */
function metadataOf({ instanceUrl, orgId, token }: Session): Metadata {
  const metadata = new Metadata();
  metadata.set('accesstoken', token.reveal());
  metadata.set('instanceurl', instanceUrl);
  metadata.set('tenantid', orgId);
  return metadata;
}
