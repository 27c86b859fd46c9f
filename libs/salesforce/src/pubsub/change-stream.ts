import type { ClientDuplexStream } from '@grpc/grpc-js';
import {
  UmbraError,
  type ChangeStream,
  type Clock,
  type ReceivedEvent,
  type StreamMessage,
  type StreamStart,
} from '@umbra/domain';
import { Demand, type DemandLimits } from './demand.ts';
import { REPLAY, type FetchRequest, type FetchResponse } from './pubsub-interface.ts';
import { Silence, type SilenceBounds } from './silence.ts';
import { translateStreamError, type StreamFailure } from './translate-stream-error.ts';

export type SubscribeCall = ClientDuplexStream<FetchRequest, FetchResponse>;

export interface StreamOptions {
  readonly topic: string;
  readonly start: StreamStart;
  /** Opens the call with a token of its own. */
  readonly connect: () => Promise<SubscribeCall>;
  readonly clock: Clock;
  readonly limits: DemandLimits;
  readonly silence: SilenceBounds;
  /** A failure that means our token; the next connection brings another. */
  readonly onRefused: () => void;
  /** The first answer came. */
  readonly onAccepted: () => void;
  /** Nothing came for too long: the connection is not to be trusted. */
  readonly onSilent: () => void;
}

/**
 * One subscription from its first request to its end. It never reconnects by itself: where to resume is known only to
 * whoever stores events. Messages that arrive while the last one is being stored are handed over as one.
 *
 * States: `connecting` → `live` → `ended`. `ended` is final and reached once, by an error of the call, by silence, or
 * by `close`; a call that outlives it is cancelled, so that no two streams of one topic ever live side by side.
 */
export class PubsubChangeStream implements ChangeStream {
  readonly #options: StreamOptions;
  readonly #demand: Demand;
  readonly #silence: Silence;
  #call: SubscribeCall | undefined;
  #arrived: ReceivedEvent[] = [];
  #latest: Uint8Array | undefined;
  #receivedAt: Date | undefined;
  /** Events asked for and not yet delivered, by our own count. */
  #asked = 0;
  #failure: UmbraError | undefined;
  #closed = false;
  #watchdog: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#demand = new Demand(options.limits);
    this.#silence = new Silence(options.silence, options.clock.monotonic());
    this.#watch();
    options.connect().then(
      (call) => this.#begin(call),
      (error: unknown) =>
        this.#fail(error instanceof UmbraError ? error : translateStreamError(error as StreamFailure)),
    );
  }

  get unsettled(): number {
    return this.#demand.held;
  }

  settle(events: readonly ReceivedEvent[]): void {
    this.#demand.settled(events.length, bytesOf(events));
    this.#askForMore();
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamMessage> {
    try {
      for (;;) {
        const message = this.#takeArrived();
        if (message !== undefined) yield message;
        else if (this.#failure !== undefined) throw this.#failure;
        else if (this.#closed) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.close();
    }
  }

  #begin(call: SubscribeCall): void {
    if (this.#closed || this.#failure !== undefined) return call.cancel();
    this.#call = call;
    call.on('data', (response: FetchResponse) => this.#onResponse(response));
    call.on('error', (error: StreamFailure) => this.#fail(translateStreamError(error)));
    call.on('end', () => this.#fail(translateStreamError({})));
    this.#askForMore();
  }

  #onResponse(response: FetchResponse): void {
    const { clock } = this.#options;
    const events = response.events.flatMap(({ event, replay_id }) =>
      event === null
        ? []
        : { eventId: event.id, schemaId: event.schema_id, payload: event.payload, replayId: replay_id },
    );
    this.#silence.heard(clock.monotonic(), response.events.length === 0);
    this.#demand.received(
      events.length,
      bytesOf(events),
      response.pending_num_requested,
      this.#underWay(response),
    );
    this.#arrived.push(...events);
    if (this.#latest === undefined) this.#options.onAccepted();
    this.#latest = response.latest_replay_id;
    this.#receivedAt = clock.now();
    this.#askForMore();
    this.#wakeUp();
  }

  /**
   * Demand that this response cannot have counted yet. The server reads requests in order, and its answer says how far
   * it has come: what we asked for, and it neither delivered nor holds, is still on its way to it.
   */
  #underWay(response: FetchResponse): number {
    const missing = Math.max(0, this.#asked - response.events.length - response.pending_num_requested);
    this.#asked = missing + response.pending_num_requested;
    return missing;
  }

  #askForMore(): void {
    if (this.#call === undefined || this.#failure !== undefined || this.#closed) return;
    const more = this.#demand.ask();
    if (more === 0) return;
    const first = this.#asked === 0 && this.#latest === undefined;
    this.#asked += more;
    this.#call.write(first ? { ...this.#firstRequest(), num_requested: more } : { num_requested: more });
  }

  #firstRequest(): Omit<FetchRequest, 'num_requested'> {
    const { topic, start } = this.#options;
    return start.kind === 'earliest'
      ? { topic_name: topic, replay_preset: REPLAY.EARLIEST }
      : { topic_name: topic, replay_preset: REPLAY.CUSTOM, replay_id: start.replayId };
  }

  #takeArrived(): StreamMessage | undefined {
    if (this.#receivedAt === undefined) return undefined;
    const message = {
      events: this.#arrived,
      latestReplayId: this.#latest ?? new Uint8Array(),
      receivedAt: this.#receivedAt,
    };
    this.#arrived = [];
    this.#receivedAt = undefined;
    return message;
  }

  #watch(): void {
    const { clock } = this.#options;
    const left = this.#silence.deadline - clock.monotonic();
    if (left <= 0) {
      return this.#fail(
        new UmbraError('SF_STREAM_SILENT', 'The change stream has been silent for too long.'),
      );
    }
    this.#watchdog = setTimeout(() => this.#watch(), left);
  }

  #fail(error: UmbraError): void {
    if (this.#failure !== undefined || this.#closed) return;
    this.#failure = error;
    if (error.code === 'SF_SESSION_ENDED') this.#options.onRefused();
    if (error.code === 'SF_STREAM_SILENT') this.#options.onSilent();
    this.#end();
  }

  #end(): void {
    clearTimeout(this.#watchdog);
    // A cancelled call still reports its cancellation; nobody may be left without a listener for it.
    this.#call?.removeAllListeners().on('error', () => undefined);
    this.#call?.cancel();
    this.#call = undefined;
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function bytesOf(events: readonly ReceivedEvent[]): number {
  return events.reduce((sum, { payload }) => sum + payload.length, 0);
}
