import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { randomStream } from '../data/mix.ts';
import type { Change, Commit } from '../org/commit.ts';
import type { Migration, Org } from '../org/org.ts';
import type { SfRecord } from '../org/record.ts';
import { asGap, changeEvents, emptyBody, mergeGaps, type ChangeEvent } from './change-events.ts';
import { EventLog, type BusEvent } from './event-log.ts';
import { extraValues } from './extra-values.ts';
import { defaultPubsubKnobs, shapeOf, type PubsubKnobs } from './pubsub-knobs.ts';
import { SchemaRegistry } from './schema-registry.ts';
import { ends, type StreamEnd } from './stream-end.ts';
import { eventsOfConversion, unspecificEvent } from './unspecific-events.ts';

/** What became of the org's commits on their way to the bus; the oracle of "nothing was lost". */
export interface BusCounters {
  published: number;
  dropped: number;
  /** Events that became gap events, by the knob or for their size. */
  gaps: number;
  copies: number;
  corrupted: number;
  /** Events that stand behind one of their object with a higher commit number. */
  outOfPlace: number;
}

/** Encoded, and not yet numbered. */
type ReadyEvent = Pick<BusEvent, 'entity' | 'schemaId' | 'payload'> & {
  readonly note: Omit<BusEvent['note'], 'eventId'>;
};

/** A shuffled window that does not fill up goes out after this long. */
const SHUFFLE_PATIENCE_MS = 500;

/**
 * Turns commits into change events and keeps them for 72 hours. Faults act here, so that the history of the org stays
 * the truth while the bus loses, repeats or shuffles what it makes of it.
 *
 * Emits `appended` when there is something new to deliver, `turned` when a knob was, and `ended` when streams have to
 * end.
 */
export class EventBus extends EventEmitter<{
  appended: [];
  turned: [];
  ended: [StreamEnd, string | undefined];
}> {
  readonly schemas: SchemaRegistry;
  readonly log: EventLog;
  readonly counters: BusCounters = {
    published: 0,
    dropped: 0,
    gaps: 0,
    copies: 0,
    corrupted: 0,
    outOfPlace: 0,
  };
  readonly #org: Org;
  readonly #chance: () => number;
  readonly #stops: readonly (() => void)[];
  readonly #highestCommit = new Map<string, bigint>();
  #knobs: PubsubKnobs = defaultPubsubKnobs;
  #captured: ReadonlySet<string> = capturedBy(defaultPubsubKnobs);
  #shuffled: ReadyEvent[] = [];
  #shuffleTimer: NodeJS.Timeout | undefined;
  #firstReplay: number;
  #lastReplay: number;

  constructor(org: Org, folder?: string) {
    super();
    this.setMaxListeners(0);
    this.#org = org;
    this.log = new EventLog(folder);
    this.schemas = new SchemaRegistry(org, shapeOf(this.#knobs));
    this.#chance = randomStream(org.seed, 'event bus');
    this.#firstReplay = this.#lastReplay = 1_000_000 + (org.seed % 1000);
    this.#stops = [
      org.onCommit((commit) => this.#onCommit(commit)),
      org.schema.onChange((change) => this.#publishAll(eventsOfConversion(org, change))),
    ];
  }

  get knobs(): PubsubKnobs {
    return this.#knobs;
  }

  /** `CORE/prod/<org id>`: how the server itself names the tenant. */
  get tenant(): string {
    return `CORE/prod/${this.#org.identity.organizationId}`;
  }

  /** Number inside the newest replay id, also of an empty bus. */
  get latestReplay(): number {
    return this.#lastReplay;
  }

  /** Lowest number that a subscriber of the present numbering can have been given. */
  get firstReplay(): number {
    return this.#firstReplay;
  }

  /** Events of other orgs pass by: what a subscriber without news is told moves on all the same. */
  passTime(): void {
    this.#lastReplay += 3;
  }

  /** Place of the oldest event that is still kept, by the org's clock. */
  oldestRetained(): number {
    return this.log.firstSince(this.#org.clock.elapsed() - this.#knobs.retention * 3_600_000);
  }

  set(patch: Partial<PubsubKnobs>): void {
    const before = this.#knobs;
    this.#knobs = { ...before, ...patch };
    this.#captured = capturedBy(this.#knobs);
    const shape = shapeOf(this.#knobs);
    if (JSON.stringify(shape) !== JSON.stringify(shapeOf(before))) this.schemas.reshape(shape);
    if (this.#knobs.shuffle <= 1) this.#flushShuffled();
    this.emit('turned');
    this.emit('appended');
  }

  /** Ends every live stream, or those of one topic, with this status. */
  endStreams(end: StreamEnd, topic?: string): void {
    this.emit('ended', end, topic);
  }

  /** Publishes the newest `n` events once more, under new replay ids: at-least-once delivery at its worst. */
  replaySuffix(n: number): number {
    const end = this.log.length;
    const from = Math.max(this.log.floor, end - n);
    for (let ordinal = from; ordinal < end; ordinal++) {
      const event = this.log.at(ordinal);
      if (event !== undefined) this.#append(event, event.note.eventId, this.#nextReplay());
    }
    this.counters.copies += end - from;
    this.emit('appended');
    return end - from;
  }

  /** A change that names no single record: a field conversion (`001*`), or more changes than the bus takes. */
  publishUnspecific(object: string, kind: 'wildcard' | 'overflow'): void {
    this.#publishAll([unspecificEvent(this.#org, object, kind)]);
  }

  /** A sandbox refresh or org migration: the numbering starts anew, old replay ids and tokens mean nothing. */
  migrate(to: Migration): void {
    this.#flushShuffled();
    this.#org.migrate(to);
    this.#firstReplay = this.#lastReplay = Math.max(1000, Math.floor(this.#lastReplay / 1000));
    this.log.startAnew();
    this.#highestCommit.clear();
    this.endStreams(ends.maintenance);
  }

  close(): void {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#shuffleTimer);
    this.removeAllListeners();
    this.log.close();
  }

  #onCommit(commit: Commit): void {
    const { overflowAbove, cascadeEvents, diffText } = this.#knobs;
    const extras = extraValues(this.#org, this.#knobs);
    const events = changeEvents(commit, {
      carries: (object, leaf) => this.schemas.current(object)?.codec.carries(leaf) ?? false,
      captured: (object) => this.#captured.has(object),
      extras: (change: Change): SfRecord => extras(change),
      overflowAbove,
      cascadeEvents,
      diffText,
    });
    if (events.length > 0) this.#publishAll(mergeGaps(events.flatMap((event) => this.#fated(event))));
  }

  /** What is left of an event after the chances that it runs. */
  #fated(event: ChangeEvent): ChangeEvent[] {
    const { dropEvents, gapEvents } = this.#knobs;
    if (dropEvents > 0 && this.#chance() < dropEvents) {
      this.counters.dropped++;
      return [];
    }
    if (gapEvents === 0 || event.header.changeType === 'GAP_OVERFLOW' || this.#chance() >= gapEvents)
      return [event];
    this.counters.gaps++;
    return [asGap(event)];
  }

  #publishAll(events: readonly ChangeEvent[]): void {
    const captured = events.filter(({ header }) => this.#captured.has(header.entityName));
    if (captured.length === 0) return;
    for (const event of captured) {
      const ready = this.#encode(event);
      if (this.#knobs.shuffle <= 1) this.#publish(ready);
      else this.#shuffled.push(ready);
      if (this.#knobs.shuffle > 1 && this.#shuffled.length >= this.#knobs.shuffle) this.#flushShuffled();
    }
    if (this.#shuffled.length > 0 && this.#shuffleTimer === undefined)
      this.#shuffleTimer = setTimeout(() => this.#flushShuffled(), SHUFFLE_PATIENCE_MS).unref();
    this.emit('appended');
  }

  #flushShuffled(): void {
    clearTimeout(this.#shuffleTimer);
    this.#shuffleTimer = undefined;
    const events = this.#shuffled;
    if (events.length === 0) return;
    this.#shuffled = [];
    for (let i = events.length - 1; i > 0; i--) {
      const j = Math.floor(this.#chance() * (i + 1));
      [events[i], events[j]] = [events[j] as ReadyEvent, events[i] as ReadyEvent];
    }
    for (const event of events) this.#publish(event);
    this.emit('appended');
  }

  /** An event that is too large becomes a gap event. */
  #encode({ header, body }: ChangeEvent): ReadyEvent {
    const registered = this.schemas.current(header.entityName);
    if (registered === undefined) throw new Error(`${header.entityName} has no change event schema`);
    const payload = registered.codec.encode(header, body, this.#knobs.parentBit);
    if (payload.length > this.#knobs.maxEventBytes && body !== emptyBody) {
      this.counters.gaps++;
      return this.#encode(asGap({ header, body }));
    }
    return {
      entity: header.entityName,
      schemaId: registered.schema.id,
      payload: this.#isCorrupt() ? payload.subarray(0, Math.floor(payload.length / 2)) : payload,
      note: {
        recordIds: header.recordIds,
        changeType: header.changeType,
        commitNumber: String(header.commitNumber),
        commitTimestamp: Number(header.commitTimestamp),
        transactionKey: header.transactionKey,
        sequenceNumber: header.sequenceNumber,
      },
    };
  }

  #isCorrupt(): boolean {
    const { corruptNext, corruptPayload } = this.#knobs;
    if (corruptNext > 0) this.#knobs = { ...this.#knobs, corruptNext: corruptNext - 1 };
    const corrupt = corruptNext > 0 || (corruptPayload > 0 && this.#chance() < corruptPayload);
    if (corrupt) this.counters.corrupted++;
    return corrupt;
  }

  #publish(event: ReadyEvent): void {
    const commit = BigInt(event.note.commitNumber);
    if (commit < (this.#highestCommit.get(event.entity) ?? 0n)) this.counters.outOfPlace++;
    else this.#highestCommit.set(event.entity, commit);
    const { duplicateReplayId } = this.#knobs;
    const twin = duplicateReplayId > 0 && this.#chance() < duplicateReplayId;
    // Only while nobody can have been told of a number behind the older twin.
    const newest = this.log.replayAt(this.log.length - 1);
    const shares = twin && newest === this.#lastReplay && this.log.length > this.log.floor;
    this.#append(event, randomUUID(), shares ? newest : this.#nextReplay());
    this.counters.published++;
  }

  #append(event: ReadyEvent, eventId: string, replay: number): void {
    const { entity, schemaId, payload, note } = event;
    const { clock } = this.#org;
    this.log.append({
      replay,
      entity,
      schemaId,
      payload,
      at: clock.now(),
      born: clock.elapsed(),
      note: { ...note, eventId },
    });
  }

  /** Neighbouring ids differ by more than one: the bus numbers the events of other orgs in between. */
  #nextReplay(): number {
    this.#lastReplay += 2 + Math.floor(this.#chance() * 4);
    return this.#lastReplay;
  }
}

function capturedBy({ entities, channels }: PubsubKnobs): ReadonlySet<string> {
  return new Set([...entities, ...Object.values(channels).flat()]);
}
