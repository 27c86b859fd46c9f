import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { randomStream } from '../data/mix.ts';
import type { Commit } from '../org/commit.ts';
import type { Org } from '../org/org.ts';
import { asGap, changeEvents, emptyBody, OVERFLOW_ID, type ChangeEvent } from './change-events.ts';
import { EventLog, type BusEvent } from './event-log.ts';
import { defaultPubsubKnobs, type PubsubKnobs } from './pubsub-knobs.ts';
import { SchemaRegistry } from './schema-registry.ts';

/** What became of the org's commits on their way to the bus; the oracle of "nothing was lost". */
export interface BusCounters {
  published: number;
  dropped: number;
  gaps: number;
  copies: number;
  /** Events that stand behind one with a higher commit number. */
  outOfPlace: number;
}

/**
 * Turns commits into change events and keeps them for 72 hours. Faults act here, so that the history of the org stays
 * the truth while the bus loses, repeats or shuffles what it makes of it.
 *
 * Emits `appended` when there is something new to deliver, and `ended` when every stream has to end.
 */
export class EventBus extends EventEmitter<{ appended: []; ended: [StreamEnd] }> {
  readonly knobs: PubsubKnobs = { ...defaultPubsubKnobs };
  readonly schemas: SchemaRegistry;
  readonly log: EventLog;
  readonly counters: BusCounters = { published: 0, dropped: 0, gaps: 0, copies: 0, outOfPlace: 0 };
  readonly #org: Org;
  readonly #chance: () => number;
  readonly #stop: () => void;
  #shuffled: ChangeEvent[] = [];
  #lastReplay: number;
  #highestCommit = 0n;

  constructor(org: Org, folder?: string) {
    super();
    this.setMaxListeners(0);
    this.#org = org;
    this.log = new EventLog(folder);
    this.schemas = new SchemaRegistry(org, () => this.knobs);
    this.#chance = randomStream(org.seed, 'event bus');
    this.#lastReplay = 1_000_000 + (org.seed % 1000);
    this.#stop = org.onCommit((commit) => this.#onCommit(commit));
  }

  /** Number inside the newest replay id, also of an empty bus. */
  get latestReplay(): number {
    return this.#lastReplay;
  }

  /** Place of the oldest event that is still kept, by the org's clock. */
  oldestRetained(): number {
    const since = this.#org.clock.now() - this.knobs.retention * 3_600_000;
    return this.log.firstWhere((event) => event.at >= since);
  }

  set(patch: Partial<PubsubKnobs>): void {
    Object.assign(this.knobs, patch);
    if (this.knobs.shuffle <= 1) this.#flushShuffled();
    this.emit('appended');
  }

  /** Ends every live stream with this status. */
  endStreams(end: StreamEnd): void {
    this.emit('ended', end);
  }

  /** Publishes the newest `n` events once more: at-least-once delivery at its worst. */
  replaySuffix(n: number): void {
    const from = Math.max(0, this.log.length - n);
    for (let ordinal = from, end = this.log.length; ordinal < end; ordinal++) {
      const event = this.log.at(ordinal);
      if (event) this.#append({ ...event, replay: this.#nextReplay(), at: this.#org.clock.now() });
      this.counters.copies++;
    }
    this.emit('appended');
  }

  /** A change that names no single record: a field conversion (`001*`), or more changes than the bus takes. */
  publishUnspecific(object: string, kind: 'wildcard' | 'overflow'): void {
    const last = this.#org.history.last;
    const prefix = this.#org.schema.object(object)?.keyPrefix ?? '';
    this.#publish({
      header: {
        entityName: object,
        recordIds: [kind === 'wildcard' ? `${prefix}*` : OVERFLOW_ID],
        changeType: kind === 'wildcard' ? 'UPDATE' : 'GAP_OVERFLOW',
        changeOrigin: '',
        transactionKey: randomUUID(),
        sequenceNumber: 1,
        commitTimestamp: BigInt(Math.floor(this.#org.clock.now() / 1000) * 1000),
        commitNumber: last?.commitNumber ?? 1n,
        commitUser: this.#org.identity.integrationUserId,
      },
      body: emptyBody,
    });
    this.emit('appended');
  }

  /** A sandbox refresh or org migration: the numbering starts anew and old replay ids mean nothing. */
  reset(): void {
    this.#lastReplay = Math.max(1000, Math.floor(this.#lastReplay / 1000));
    this.log.forgetAll();
    this.#highestCommit = 0n;
    this.endStreams({ status: 14, details: 'This application is down for maintenance' });
  }

  #onCommit(commit: Commit): void {
    const events = changeEvents(commit, {
      carries: (object, leaf) => this.schemas.current(object)?.codec.carries(leaf) ?? false,
      captured: (object) => this.#captured(object),
      overflowAbove: this.knobs.overflowAbove,
      cascadeEvents: this.knobs.cascadeEvents,
      diffText: this.knobs.diffText,
    });
    for (const event of events) this.#pass(event);
    if (events.length > 0) this.emit('appended');
  }

  #captured(object: string): boolean {
    return (
      this.knobs.entities.includes(object) ||
      Object.values(this.knobs.channels).some((of) => of.includes(object))
    );
  }

  #pass(event: ChangeEvent): void {
    if (this.#chance() < this.knobs.dropEvents) {
      this.counters.dropped++;
      return;
    }
    const gap = this.#chance() < this.knobs.gapEvents;
    if (gap) this.counters.gaps++;
    const passed = gap ? asGap(event) : event;
    if (this.knobs.shuffle <= 1) return this.#publish(passed);
    this.#shuffled.push(passed);
    if (this.#shuffled.length >= this.knobs.shuffle) this.#flushShuffled();
  }

  #flushShuffled(): void {
    const events = this.#shuffled;
    this.#shuffled = [];
    for (let i = events.length - 1; i > 0; i--) {
      const j = Math.floor(this.#chance() * (i + 1));
      [events[i], events[j]] = [events[j] as ChangeEvent, events[i] as ChangeEvent];
    }
    for (const event of events) this.#publish(event);
  }

  #publish({ header, body }: ChangeEvent): void {
    const registered = this.schemas.current(header.entityName);
    if (registered === undefined) return;
    const whole = registered.codec.encode(header, body, this.knobs.parentBit);
    const corrupt = this.knobs.corruptPayload > 0 && this.#chance() < this.knobs.corruptPayload;
    const twin = this.knobs.duplicateReplayId > 0 && this.#chance() < this.knobs.duplicateReplayId;
    if (header.commitNumber < this.#highestCommit) this.counters.outOfPlace++;
    else this.#highestCommit = header.commitNumber;
    this.#append({
      replay: twin ? this.#lastReplay : this.#nextReplay(),
      eventId: randomUUID(),
      entity: header.entityName,
      schemaId: registered.schema.id,
      at: this.#org.clock.now(),
      payload: corrupt ? whole.subarray(0, Math.floor(whole.length / 2)) : whole,
    });
    this.counters.published++;
  }

  #append(event: BusEvent): void {
    this.log.append(event);
  }

  /** Neighbouring ids differ by more than one: the bus numbers the events of other orgs in between. */
  #nextReplay(): number {
    this.#lastReplay += 1 + Math.floor(this.#chance() * 4);
    return this.#lastReplay;
  }

  close(): void {
    this.#stop();
    this.removeAllListeners();
    this.log.close();
  }
}

/** How the server ends a stream. */
export interface StreamEnd {
  /** gRPC status code. */
  readonly status: number;
  readonly details: string;
  /** Suffix of `sfdc.platform.eventbus.grpc.`; absent for failures of the infrastructure. */
  readonly errorCode?: string;
}
