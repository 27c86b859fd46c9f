import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventIndex, type EventFacts } from './event-index.ts';

/** What the simulator remembers of an event besides its bytes, for those who judge what became of it. */
export interface EventNote {
  readonly eventId: string;
  readonly recordIds: readonly string[];
  readonly changeType: string;
  /** As text: 19 digits. */
  readonly commitNumber: string;
  readonly commitTimestamp: number;
  readonly transactionKey: string;
  readonly sequenceNumber: number;
}

/** An event as it stands on the bus. */
export interface BusEvent extends EventFacts {
  readonly note: EventNote;
  readonly payload: Buffer;
}

/** Newest events that stay in memory, by their size; older ones are read back from the file. */
const MEMORY_BYTES = 32 * 1024 * 1024;
/** About what an event costs in memory besides its payload. */
const EVENT_OVERHEAD = 768;
/** Events gather until they are worth a write. */
const WRITE_BYTES = 256 * 1024;

/**
 * Every event ever published, in order of publication. Events go to a file as they come, so that minutes of full load
 * do not fill the memory; the newest stay at hand, since nearly every reader is near the end.
 */
export class EventLog {
  readonly #folder: string;
  readonly #file: number;
  readonly #index = new EventIndex();
  readonly #recent = new Map<number, BusEvent>();
  #oldestRecent = 0;
  #recentBytes = 0;
  #bytes = 0;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #floor = 0;

  constructor(parent: string = tmpdir()) {
    mkdirSync(parent, { recursive: true });
    this.#folder = mkdtempSync(join(parent, 'umbra-events-'));
    this.#file = openSync(join(this.#folder, 'events'), 'w+');
  }

  get length(): number {
    return this.#index.length;
  }

  /** Place of the first event of the present numbering; earlier ones cannot be subscribed to any more. */
  get floor(): number {
    return this.#floor;
  }

  append(event: BusEvent): void {
    const note = Buffer.from(JSON.stringify(event.note), 'utf8');
    this.#recent.set(this.#index.length, event);
    this.#recentBytes += event.payload.length + EVENT_OVERHEAD;
    this.#index.append(event, {
      offset: this.#bytes + this.#gatheredBytes,
      payload: event.payload.length,
      note: note.length,
    });
    this.#gathered.push(event.payload, note);
    this.#gatheredBytes += event.payload.length + note.length;
    if (this.#gatheredBytes > WRITE_BYTES) this.#write();
    while (this.#recentBytes > MEMORY_BYTES && this.#recent.size > 1) {
      this.#recentBytes -= (this.#recent.get(this.#oldestRecent)?.payload.length ?? 0) + EVENT_OVERHEAD;
      this.#recent.delete(this.#oldestRecent++);
    }
  }

  entityAt(ordinal: number): string | undefined {
    return this.#index.entityAt(ordinal);
  }

  replayAt(ordinal: number): number | undefined {
    return this.#index.replayAt(ordinal);
  }

  at(ordinal: number): BusEvent | undefined {
    return this.#recent.get(ordinal) ?? this.#read(ordinal);
  }

  /** First place, of the present numbering, with this number or a higher one. */
  firstFrom(replay: number): number {
    return this.#search((ordinal) => (this.#index.replayAt(ordinal) ?? 0) >= replay);
  }

  /** First place, of the present numbering, that was published then or later; `elapsed` as the org's clock counts. */
  firstSince(elapsed: number): number {
    return this.#search((ordinal) => (this.#index.bornAt(ordinal) ?? 0) >= elapsed);
  }

  /** From here on another numbering holds; what was published before can be listed, not subscribed to. */
  startAnew(): void {
    this.#floor = this.#index.length;
  }

  close(): void {
    closeSync(this.#file);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #search(test: (ordinal: number) => boolean): number {
    let low = this.#floor;
    let high = this.#index.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (test(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #read(ordinal: number): BusEvent | undefined {
    const facts = this.#index.at(ordinal);
    const place = this.#index.placeAt(ordinal);
    if (facts === undefined || place === undefined) return undefined;
    this.#write();
    const bytes = Buffer.allocUnsafe(place.payload + place.note);
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(this.#file, bytes, done, bytes.length - done, place.offset + done);
      if (count === 0) throw new Error('the file of events is shorter than it was');
      done += count;
    }
    const note = JSON.parse(bytes.toString('utf8', place.payload)) as EventNote;
    return { ...facts, note, payload: bytes.subarray(0, place.payload) };
  }

  #write(): void {
    if (this.#gatheredBytes === 0) return;
    const bytes = Buffer.concat(this.#gathered, this.#gatheredBytes);
    let done = 0;
    while (done < bytes.length)
      done += writeSync(this.#file, bytes, done, bytes.length - done, this.#bytes + done);
    this.#bytes += bytes.length;
    this.#gathered = [];
    this.#gatheredBytes = 0;
  }
}
