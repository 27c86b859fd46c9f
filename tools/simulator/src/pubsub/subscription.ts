import { randomUUID } from 'node:crypto';
import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import type { EventBus, StreamEnd } from './event-bus.ts';
import type { FetchRequest, FetchResponse } from './interface.ts';
import { decodeReplayId, encodeReplayId } from './replay-id.ts';
import { findTopic, type Topic } from './topics.ts';

/** Demand above this counts as this. Source: Pub/Sub API allocations. */
const MAX_OUTSTANDING = 100;
/** Server's own limit on one response, below gRPC's 4 MB. */
const MAX_RESPONSE_BYTES = 3 * 1024 * 1024;

export const PRESETS = ['LATEST', 'EARLIEST', 'CUSTOM'] as const;

/** What the control API tells of a stream; the judge of "outstanding ≤ 100" and "LATEST was never sent". */
export interface StreamFacts {
  readonly id: string;
  topic: string;
  preset: string;
  outstanding: number;
  maxOutstanding: number;
  delivered: number;
  live: boolean;
}

export interface Allocation {
  /** @returns false when the client's allocation of the rolling day is used up */
  take(events: number): boolean;
}

type Call = ServerDuplexStream<FetchRequest, FetchResponse>;

export function metadataOf(end: StreamEnd, type: string, rpcId: string): Metadata {
  const metadata = new Metadata();
  if (end.errorCode === undefined) return metadata;
  metadata.set('error-code', `sfdc.platform.eventbus.grpc.${end.errorCode}`);
  metadata.set('rpc-id', rpcId);
  metadata.set('type', type);
  return metadata;
}

const invalid = (errorCode: string, details: string): StreamEnd => ({ status: 3, errorCode, details });

/**
 * One Subscribe stream. The first request fixes topic and position; each request adds demand; events go out as long as
 * there is demand; a quiet stream gets empty responses, one without demand is closed.
 */
export class Subscription {
  readonly facts: StreamFacts;
  readonly #bus: EventBus;
  readonly #call: Call;
  readonly #allocation: Allocation;
  #topic: Topic | undefined;
  #next = 0;
  #blocked = false;
  #quiet: NodeJS.Timeout | undefined;
  #scheduled = false;
  readonly #onAppended = (): void => this.#schedule();
  readonly #onEnded = (end: StreamEnd): void => this.#end(end);

  constructor(bus: EventBus, call: Call, allocation: Allocation) {
    this.#bus = bus;
    this.#call = call;
    this.#allocation = allocation;
    this.facts = {
      id: randomUUID(),
      topic: '',
      preset: '',
      outstanding: 0,
      maxOutstanding: 0,
      delivered: 0,
      live: true,
    };
    bus.on('appended', this.#onAppended);
    bus.on('ended', this.#onEnded);
    call.on('data', (request: FetchRequest) => this.#later(() => this.#onRequest(request)));
    call.on('end', () => this.#finish(() => call.end()));
    call.on('cancelled', () => this.#finish(() => undefined));
    call.on('error', () => this.#finish(() => undefined));
    call.on('drain', () => {
      this.#blocked = false;
      this.#schedule();
    });
  }

  /** Half of the simulated round trip, in order. */
  #later(work: () => void): void {
    const delay = this.#bus.knobs.roundTrip / 2;
    if (delay > 0) setTimeout(work, delay);
    else work();
  }

  #onRequest(request: FetchRequest): void {
    if (!this.facts.live) return;
    const problem = this.#topic === undefined ? this.#open(request) : this.#checkAgain(request);
    if (problem !== undefined) return this.#end(problem);
    this.facts.outstanding = Math.min(MAX_OUTSTANDING, this.facts.outstanding + request.numRequested);
    this.facts.maxOutstanding = Math.max(this.facts.maxOutstanding, this.facts.outstanding);
    this.#rearm();
    this.#schedule();
  }

  #open(request: FetchRequest): StreamEnd | undefined {
    this.facts.topic = request.topicName;
    this.facts.preset = PRESETS[request.replayPreset] ?? String(request.replayPreset);
    const topic = findTopic(request.topicName, this.#bus.knobs);
    if (topic === undefined) return topicNotFound(request.topicName);
    if (request.numRequested <= 0) return refusedDemand;
    const next = this.#position(request);
    if (typeof next !== 'number') return next;
    this.#topic = topic;
    this.#next = next;
    return undefined;
  }

  #checkAgain(request: FetchRequest): StreamEnd | undefined {
    if (request.numRequested <= 0) return refusedDemand;
    return request.topicName === '' || request.topicName === this.facts.topic
      ? undefined
      : invalid(
          'subscription.fetch.topic.mismatch',
          'The topic name of a later request differs from the first.',
        );
  }

  #position({ replayPreset, replayId }: FetchRequest): number | StreamEnd {
    const { log } = this.#bus;
    if (this.facts.preset === 'EARLIEST') return this.#bus.oldestRetained();
    if (this.facts.preset !== 'CUSTOM' || replayPreset !== 2) return log.length;
    if (replayId.length === 0) {
      return invalid('subscription.fetch.replayid.validation.failed', 'CUSTOM needs a replay_id.');
    }
    const replay = decodeReplayId(replayId);
    const oldest = log.facts(this.#bus.oldestRetained())?.replay ?? this.#bus.latestReplay;
    // One just below the oldest is as good as the oldest itself: nothing lies between them.
    const before = log.facts(this.#bus.oldestRetained() - 1)?.replay ?? 0;
    if (replay === undefined || replay > this.#bus.latestReplay || (replay < oldest && replay < before)) {
      return invalid(
        'subscription.fetch.replayid.corrupted',
        'The Replay ID validation failed. Ensure that the replay_id field value in FetchRequest is valid and refers to an event that is within the retention window.',
      );
    }
    return log.firstWhere((event) => event.replay > replay);
  }

  #schedule(): void {
    if (this.#scheduled || !this.facts.live) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const { knobs } = this.#bus;
    while (
      this.facts.live &&
      !this.#blocked &&
      !knobs.silence &&
      !knobs.holdEvents &&
      this.facts.outstanding > 0
    ) {
      const events = this.#take();
      if (events.length === 0) return;
      if (!this.#allocation.take(events.length))
        return this.#end({ ...allocationSpent, status: knobs.deliveryCapStatus });
      this.facts.outstanding -= events.length;
      this.facts.delivered += events.length;
      this.#send(events);
    }
  }

  #take(): FetchResponse['events'][number][] {
    const { log, knobs } = this.#bus;
    const events: FetchResponse['events'][number][] = [];
    let bytes = 0;
    for (; this.#next < log.length && events.length < this.facts.outstanding; this.#next++) {
      if (!this.#topic?.entities.has(log.facts(this.#next)?.entity ?? '')) continue;
      const event = log.at(this.#next);
      if (event === undefined) continue;
      bytes += event.payload.length;
      if (events.length > 0 && bytes > MAX_RESPONSE_BYTES) break;
      const { eventId: id, schemaId, payload } = event;
      events.push({
        event: { id, schemaId, payload },
        replayId: encodeReplayId(event.replay, knobs.replayIdBytes),
      });
    }
    return events;
  }

  #send(events: FetchResponse['events']): void {
    const { knobs, latestReplay } = this.#bus;
    const last = events.at(-1)?.replayId;
    const response: FetchResponse = {
      events,
      latestReplayId: last ?? encodeReplayId(latestReplay, knobs.replayIdBytes),
      rpcId: this.facts.id,
      pendingNumRequested: this.facts.outstanding,
    };
    this.#rearm();
    this.#later(() => {
      if (!this.facts.live) return;
      if (!this.#call.write(response)) this.#blocked = true;
    });
  }

  /** Restarts the one timer of the stream: the next keep-alive while there is demand, the idle close while not. */
  #rearm(): void {
    clearTimeout(this.#quiet);
    if (!this.facts.live) return;
    const { keepAliveEvery, idleClose } = this.#bus.knobs;
    this.#quiet =
      this.facts.outstanding > 0
        ? setTimeout(() => this.#keepAlive(), keepAliveEvery * 1000)
        : setTimeout(() => this.#end(idleClosed(this.#bus.knobs.idleCloseStatus)), idleClose * 1000);
  }

  #keepAlive(): void {
    if (this.#bus.knobs.silence) return this.#rearm();
    this.#send([]);
  }

  #end(end: StreamEnd): void {
    if (this.#bus.knobs.silence) return;
    this.#finish(() => {
      const rpcId = this.facts.id;
      const details = end.errorCode === undefined ? end.details : `${end.details} rpcId: ${rpcId}`;
      const metadata = metadataOf(end, 'Subscribe', rpcId);
      this.#call.emit('error', Object.assign(new Error(details), { code: end.status, details, metadata }));
    });
  }

  #finish(how: () => void): void {
    if (!this.facts.live) return;
    this.facts.live = false;
    clearTimeout(this.#quiet);
    this.#bus.off('appended', this.#onAppended);
    this.#bus.off('ended', this.#onEnded);
    how();
  }
}

const refusedDemand = invalid(
  'subscription.fetch.requested.events.invalid',
  'num_requested must be above 0.',
);

const allocationSpent = {
  errorCode: 'subscription.limit.exceeded',
  details: 'You have exceeded the event delivery limit for your org.',
};

const idleClosed = (status: number): StreamEnd => ({
  status,
  details:
    status === 13
      ? 'Received RST_STREAM with code 0 (Call ended without gRPC status)'
      : 'The stream was idle for too long.',
});

export function topicNotFound(topic: string): StreamEnd {
  return {
    status: 5,
    errorCode: 'topic.not.found',
    details: `The topic information for the org and topic ${topic} not found. Ensure the topic name is correct and that the topic exists.`,
  };
}
