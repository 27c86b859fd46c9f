import { randomUUID } from 'node:crypto';
import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import { DelayLine } from './delay-line.ts';
import type { EventBus } from './event-bus.ts';
import type { FetchRequest, FetchResponse } from './interface.ts';
import { positionOf, PRESETS } from './position.ts';
import { encodeReplayId } from './replay-id.ts';
import { allocationSpent, ends, idleClosed, type StreamEnd } from './stream-end.ts';
import { openTopic, type Topic } from './topics.ts';

/** Demand above this counts as this. Source: Pub/Sub API allocations. */
const MAX_OUTSTANDING = 100;
/** Server's own limit on one response, below gRPC's 4 MB. */
const MAX_RESPONSE_BYTES = 3 * 1024 * 1024;
/** How often a token is looked at where streams do not outlive theirs. */
const TOKEN_CHECK_MS = 250;

/** What the control API tells of a stream; the judge of "outstanding ≤ 100" and "LATEST was never sent". */
export interface StreamFacts {
  readonly id: string;
  readonly client: string;
  /** Epoch ms of the host's clock. */
  readonly openedAt: number;
  endedAt: number | null;
  topic: string;
  preset: string;
  /** As hex; empty when none was given. */
  replayId: string;
  requests: number;
  outstanding: number;
  /** The highest demand that the client ever had open, before the server's cap of 100. */
  maxOutstanding: number;
  delivered: number;
  keepAlives: number;
  live: boolean;
  /** gRPC status with which the server ended it. */
  status: number | null;
}

/** A caller whose metadata were found right. */
export interface Caller {
  readonly clientId: string;
  isAuthorised(): boolean;
  /** Events that the client may still be sent in the rolling day. */
  allowance(): number;
  spend(events: number): void;
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

/**
 * One Subscribe stream. The first request fixes topic and position; each request adds demand; events go out as long as
 * there is demand; a quiet stream gets empty responses, one without demand is closed.
 */
export class Subscription {
  readonly facts: StreamFacts;
  readonly #bus: EventBus;
  readonly #call: Call;
  readonly #caller: Caller;
  /** The two ways of the simulated round trip. */
  readonly #coming = new DelayLine();
  readonly #going = new DelayLine();
  #topic: Topic | undefined;
  #next = 0;
  #blocked = false;
  #quiet: NodeJS.Timeout | undefined;
  #scheduled = false;
  #tokenSeenAt = performance.now();
  readonly #onAppended = (): void => this.#schedule();
  readonly #onEnded = (end: StreamEnd, topic: string | undefined): void => {
    if (topic === undefined || topic === this.facts.topic) this.#end(end);
  };
  readonly #onTurned = (): void => {
    this.#going.hold(this.#bus.knobs.silence);
    this.#rearm();
  };

  constructor(bus: EventBus, call: Call, caller: Caller) {
    this.#bus = bus;
    this.#call = call;
    this.#caller = caller;
    this.facts = {
      id: randomUUID(),
      client: caller.clientId,
      openedAt: Date.now(),
      endedAt: null,
      topic: '',
      preset: '',
      replayId: '',
      requests: 0,
      outstanding: 0,
      maxOutstanding: 0,
      delivered: 0,
      keepAlives: 0,
      live: true,
      status: null,
    };
    bus.on('appended', this.#onAppended);
    bus.on('ended', this.#onEnded);
    bus.on('turned', this.#onTurned);
    this.#onTurned();
    call.on('data', (request: FetchRequest) =>
      this.#coming.push(bus.knobs.roundTrip / 2, () => this.#onRequest(request)),
    );
    call.on('end', () => {
      this.#finish();
      call.end();
    });
    call.on('cancelled', () => this.#forget());
    call.on('error', () => this.#forget());
    call.on('drain', () => {
      this.#blocked = false;
      this.#schedule();
    });
  }

  #onRequest(request: FetchRequest): void {
    if (!this.facts.live) return;
    this.facts.requests++;
    const problem = this.#topic === undefined ? this.#open(request) : this.#checkAgain(request);
    if (problem !== undefined) return this.#end(problem);
    const asked = this.facts.outstanding + request.numRequested;
    this.facts.outstanding = Math.min(MAX_OUTSTANDING, asked);
    this.facts.maxOutstanding = Math.max(this.facts.maxOutstanding, asked);
    this.#rearm();
    this.#schedule();
  }

  #open(request: FetchRequest): StreamEnd | undefined {
    this.facts.topic = request.topicName;
    this.facts.preset = PRESETS[request.replayPreset] ?? String(request.replayPreset);
    this.facts.replayId = Buffer.from(request.replayId).toString('hex');
    const topic = openTopic(request.topicName, this.#bus);
    if ('status' in topic) return topic;
    if (request.numRequested <= 0) return ends.demandRefused;
    const next = positionOf(request, this.#bus);
    if (typeof next !== 'number') return next;
    this.#topic = topic;
    this.#next = next;
    return undefined;
  }

  #checkAgain(request: FetchRequest): StreamEnd | undefined {
    if (request.numRequested <= 0) return ends.demandRefused;
    const isSame = request.topicName === '' || request.topicName === this.facts.topic;
    return isSame ? undefined : ends.topicMismatch;
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
    while (this.facts.live && !this.#blocked && !knobs.silence && !knobs.holdEvents) {
      if (this.facts.outstanding === 0 || !this.#hasMore()) return;
      if (!this.#mayGoOn()) return;
      const allowance = this.#caller.allowance();
      if (allowance === 0) return this.#end(allocationSpent(knobs.deliveryCapStatus));
      const events = this.#take(Math.min(this.facts.outstanding, allowance));
      this.#caller.spend(events.length);
      this.facts.outstanding -= events.length;
      this.facts.delivered += events.length;
      this.#send(events);
    }
  }

  /** Moves on to the next event of the topic. */
  #hasMore(): boolean {
    const { log } = this.#bus;
    while (this.#next < log.length) {
      if (this.#topic?.entities.has(log.entityAt(this.#next) ?? '') === true) return true;
      this.#next++;
    }
    return false;
  }

  #take(max: number): FetchResponse['events'][number][] {
    const { log, knobs } = this.#bus;
    const events: FetchResponse['events'][number][] = [];
    let bytes = 0;
    for (; events.length < max && this.#hasMore(); this.#next++) {
      const event = log.at(this.#next);
      if (event === undefined) continue;
      bytes += event.payload.length;
      if (events.length > 0 && bytes > MAX_RESPONSE_BYTES) break;
      const { note, schemaId, payload } = event;
      events.push({
        event: { id: note.eventId, schemaId, payload },
        replayId: encodeReplayId(event.replay, knobs.replayIdBytes),
      });
    }
    return events;
  }

  #send(events: FetchResponse['events']): void {
    const { knobs } = this.#bus;
    const response: FetchResponse = {
      events,
      latestReplayId: events.at(-1)?.replayId ?? encodeReplayId(this.#passed(), knobs.replayIdBytes),
      rpcId: this.facts.id,
      pendingNumRequested: this.facts.outstanding,
    };
    this.#rearm();
    this.#going.push(knobs.roundTrip / 2, () => {
      if (!this.#call.write(response)) this.#blocked = true;
    });
  }

  /** The highest number behind which nothing of this topic is left out: never ahead of an event still to come. */
  #passed(): number {
    if (!this.#hasMore()) {
      this.#bus.passTime();
      return this.#bus.latestReplay;
    }
    return (this.#bus.log.replayAt(this.#next) ?? 0) - 1;
  }

  /** Restarts the one timer of the stream: the next keep-alive while there is demand, the idle close while not. */
  #rearm(): void {
    clearTimeout(this.#quiet);
    if (!this.facts.live || this.#topic === undefined) return;
    const { keepAliveEvery, idleClose, idleCloseStatus } = this.#bus.knobs;
    this.#quiet =
      this.facts.outstanding > 0
        ? setTimeout(() => this.#keepAlive(), keepAliveEvery * 1000)
        : setTimeout(() => this.#end(idleClosed(idleCloseStatus)), idleClose * 1000);
    this.#quiet.unref();
  }

  #keepAlive(): void {
    if (this.#bus.knobs.silence) return this.#rearm();
    if (!this.#mayGoOn()) return;
    this.facts.keepAlives++;
    this.#send([]);
  }

  /** False when the stream's token has died and the stream with it. */
  #mayGoOn(): boolean {
    if (this.#bus.knobs.streamsOutliveTokens) return true;
    const now = performance.now();
    if (now - this.#tokenSeenAt < TOKEN_CHECK_MS) return true;
    this.#tokenSeenAt = now;
    if (this.#caller.isAuthorised()) return true;
    this.#end(ends.unauthenticated);
    return false;
  }

  /** A half-open stream ends on this side only: its client hears nothing of it. */
  #end(end: StreamEnd): void {
    if (!this.facts.live) return;
    this.facts.status = end.status;
    const { silence, roundTrip } = this.#bus.knobs;
    this.#finish();
    if (silence) return this.#going.clear();
    const rpcId = this.facts.id;
    const details = end.errorCode === undefined ? end.details : `${end.details} rpcId: ${rpcId}`;
    const metadata = metadataOf(end, 'Subscribe', rpcId);
    const error = Object.assign(new Error(details), { code: end.status, details, metadata });
    this.#going.push(roundTrip / 2, () => this.#call.emit('error', error));
  }

  /** The client is gone: nothing on the way matters any more. */
  #forget(): void {
    this.#finish();
    this.#coming.clear();
    this.#going.clear();
  }

  #finish(): void {
    if (!this.facts.live) return;
    this.facts.live = false;
    this.facts.endedAt = Date.now();
    clearTimeout(this.#quiet);
    this.#bus.off('appended', this.#onAppended);
    this.#bus.off('ended', this.#onEnded);
    this.#bus.off('turned', this.#onTurned);
  }
}
