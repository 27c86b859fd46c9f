/** What the bus must know of every event, however old. */
export interface EventFacts {
  /** The number inside the replay id. Rises with holes; two events may share one by fault. */
  readonly replay: number;
  readonly entity: string;
  readonly schemaId: string;
  /** Epoch ms by the org's clock when it was published. */
  readonly at: number;
  /** The same by the count that never goes back: what retention is measured by. */
  readonly born: number;
}

/** Where an event lies in the file, and how long its two parts are, in bytes. */
export interface EventPlace {
  readonly offset: number;
  readonly payload: number;
  readonly note: number;
}

const CHUNK = 1 << 14;

/** Columns of one stretch of events: 43 bytes per event instead of some hundred as an object. */
class Chunk {
  readonly replay = new Float64Array(CHUNK);
  readonly at = new Float64Array(CHUNK);
  readonly born = new Float64Array(CHUNK);
  readonly offset = new Float64Array(CHUNK);
  readonly payload = new Uint32Array(CHUNK);
  readonly note = new Uint32Array(CHUNK);
  readonly entity = new Uint8Array(CHUNK);
  readonly schema = new Uint16Array(CHUNK);
}

/** Names that occur over and over, as small numbers. */
class Dictionary {
  readonly #numbers = new Map<string, number>();
  readonly names: string[] = [];

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}

/** Facts and places of all events by their place in the order of publication. */
export class EventIndex {
  readonly #chunks: Chunk[] = [];
  readonly #entities = new Dictionary();
  readonly #schemas = new Dictionary();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(facts: EventFacts, place: EventPlace): void {
    const i = this.#length % CHUNK;
    if (i === 0) this.#chunks.push(new Chunk());
    const chunk = this.#chunks.at(-1) as Chunk;
    chunk.replay[i] = facts.replay;
    chunk.at[i] = facts.at;
    chunk.born[i] = facts.born;
    chunk.offset[i] = place.offset;
    chunk.payload[i] = place.payload;
    chunk.note[i] = place.note;
    chunk.entity[i] = this.#entities.numberOf(facts.entity);
    chunk.schema[i] = this.#schemas.numberOf(facts.schemaId);
    this.#length++;
  }

  entityAt(ordinal: number): string | undefined {
    return this.#entities.names[this.#chunk(ordinal)?.entity[ordinal % CHUNK] ?? -1];
  }

  replayAt(ordinal: number): number | undefined {
    return this.#chunk(ordinal)?.replay[ordinal % CHUNK];
  }

  bornAt(ordinal: number): number | undefined {
    return this.#chunk(ordinal)?.born[ordinal % CHUNK];
  }

  at(ordinal: number): EventFacts | undefined {
    const chunk = this.#chunk(ordinal);
    if (chunk === undefined) return undefined;
    const i = ordinal % CHUNK;
    return {
      replay: chunk.replay[i] ?? 0,
      entity: this.#entities.names[chunk.entity[i] ?? -1] ?? '',
      schemaId: this.#schemas.names[chunk.schema[i] ?? -1] ?? '',
      at: chunk.at[i] ?? 0,
      born: chunk.born[i] ?? 0,
    };
  }

  placeAt(ordinal: number): EventPlace | undefined {
    const chunk = this.#chunk(ordinal);
    const i = ordinal % CHUNK;
    return (
      chunk && { offset: chunk.offset[i] ?? 0, payload: chunk.payload[i] ?? 0, note: chunk.note[i] ?? 0 }
    );
  }

  #chunk(ordinal: number): Chunk | undefined {
    return ordinal >= 0 && ordinal < this.#length ? this.#chunks[Math.floor(ordinal / CHUNK)] : undefined;
  }
}
