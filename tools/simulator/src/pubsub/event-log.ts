import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An event as it stands on the bus. */
export interface BusEvent {
  /** The number inside the replay id. Rises with holes; two events may share one by fault. */
  readonly replay: number;
  /** Id of the event itself; a copy published again keeps it. */
  readonly eventId: string;
  readonly entity: string;
  readonly schemaId: string;
  /** Epoch ms by the org's clock when it was published. */
  readonly at: number;
  readonly payload: Buffer;
}

interface Entry extends Omit<BusEvent, 'payload'> {
  readonly offset: number;
  readonly length: number;
}

/** Newest payloads that stay in memory; older ones are read back from the file. */
const MEMORY_BYTES = 64 * 1024 * 1024;

/**
 * Every event ever published, in order of publication. Payloads go to a file as they come, so that minutes of full load
 * do not fill the memory; the newest stay at hand, since nearly every reader is near the end.
 */
export class EventLog {
  readonly #folder: string;
  readonly #file: number;
  readonly #entries: Entry[] = [];
  readonly #recent = new Map<number, Buffer>();
  #oldestRecent = 0;
  #recentBytes = 0;
  #bytes = 0;

  constructor(parent: string = tmpdir()) {
    this.#folder = mkdtempSync(join(parent, 'umbra-events-'));
    this.#file = openSync(join(this.#folder, 'payloads'), 'w+');
  }

  get length(): number {
    return this.#entries.length;
  }

  append(event: BusEvent): void {
    const { payload, ...facts } = event;
    writeSync(this.#file, payload, 0, payload.length, this.#bytes);
    this.#recent.set(this.#entries.length, payload);
    this.#entries.push({ ...facts, offset: this.#bytes, length: payload.length });
    this.#bytes += payload.length;
    this.#recentBytes += payload.length;
    while (this.#recentBytes > MEMORY_BYTES) {
      this.#recentBytes -= this.#recent.get(this.#oldestRecent)?.length ?? 0;
      this.#recent.delete(this.#oldestRecent++);
    }
  }

  /** Facts of the event at this place, without its payload. */
  facts(ordinal: number): Omit<BusEvent, 'payload'> | undefined {
    return this.#entries[ordinal];
  }

  at(ordinal: number): BusEvent | undefined {
    const entry = this.#entries[ordinal];
    if (entry === undefined) return undefined;
    return { ...entry, payload: this.#recent.get(ordinal) ?? this.#read(entry) };
  }

  #read({ offset, length }: Entry): Buffer {
    const payload = Buffer.alloc(length);
    readSync(this.#file, payload, 0, length, offset);
    return payload;
  }

  /** First place whose event satisfies the test, given that all events behind it do as well. */
  firstWhere(test: (event: Omit<BusEvent, 'payload'>) => boolean): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && test(entry)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Old events stay in the file and can no longer be reached. */
  forgetAll(): void {
    this.#entries.length = 0;
    this.#recent.clear();
    this.#oldestRecent = 0;
    this.#recentBytes = 0;
  }

  close(): void {
    closeSync(this.#file);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
