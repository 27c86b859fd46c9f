import {
  UmbraError,
  type ChangeDecoder,
  type ChangeHeader,
  type ChangeSource,
  type ChangeStream,
  type Clock,
  type DecodedChange,
  type ErrorCode,
  type Leaves,
  type ReceivedEvent,
  type StreamMessage,
  type StreamStart,
} from '@umbra/domain';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface PublishedChange {
  readonly header: Omit<ChangeHeader, 'entityName' | 'changeOrigin' | 'transactionKey' | 'commitUser'>;
  readonly leaves: Leaves;
  readonly changed?: readonly string[];
  readonly nulled?: readonly string[];
  readonly diffed?: readonly string[];
}

/** Decoder of the bus below. Text in place of Avro: what the wire looks like is another test's subject. */
export function decoderOf(schemaJson: string): ChangeDecoder {
  const { entityName, leaves } = JSON.parse(schemaJson) as { entityName: string; leaves: string[] };
  return {
    entityName,
    leaves,
    decode: (payload): DecodedChange => {
      try {
        const event = JSON.parse(decoder.decode(payload)) as PublishedChange & {
          header: { commitNumber: string };
        };
        return {
          header: {
            ...event.header,
            entityName,
            changeOrigin: '',
            transactionKey: '',
            commitUser: '005000000000001AAA',
            commitNumber: BigInt(event.header.commitNumber),
          },
          leaves: event.leaves,
          changed: event.changed ?? [],
          nulled: event.nulled ?? [],
          diffed: event.diffed ?? [],
        };
      } catch (cause) {
        throw new UmbraError('SF_EVENT_UNDECODABLE', 'no event', { cause });
      }
    },
  };
}

/** An event bus in memory: topics in order, replay ids with holes, and the faults that a test asks for. */
export class MemoryBus implements ChangeSource {
  readonly topics = new Map<string, ReceivedEvent[]>();
  readonly schemas = new Map<string, string>();
  readonly hidden = new Set<string>();
  /** Every start that was asked for. */
  readonly starts: StreamStart[] = [];
  /** Position before the first event of a topic that has lost none yet. */
  readonly #origin = encoder.encode('0000000000');
  #whole = true;
  readonly #streams = new Set<MemoryStream>();
  readonly #clock: Clock;
  #next = 1;
  perMessage = 7;
  /** Part of the events that bear the replay id of the one before. */
  sharedReplayIds: () => boolean = () => false;
  /** Keep-alives come without a position. */
  nameless = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  topic(name: string): ReceivedEvent[] {
    const events = this.topics.get(name) ?? [];
    this.topics.set(name, events);
    return events;
  }

  eventOf(schemaId: string, change: PublishedChange): ReceivedEvent {
    const text = JSON.stringify(change, (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
    return {
      eventId: `e${String(this.#next)}`,
      schemaId,
      payload: encoder.encode(text),
      replayId: this.#replayId(),
    };
  }

  publish(name: string, ...events: readonly ReceivedEvent[]): void {
    this.topic(name).push(...events);
    for (const stream of this.#streams) stream.wake();
  }

  /** Sends the last events once more, under new replay ids. */
  repeat(name: string, count: number): void {
    const again = this.topic(name)
      .slice(-count)
      .map((event) => ({ ...event, replayId: this.#replayId() }));
    this.publish(name, ...again);
  }

  keepAlive(): void {
    for (const stream of this.#streams) stream.beat();
  }

  end(code: ErrorCode): void {
    for (const stream of this.#streams) stream.fail(new UmbraError(code, 'the stream ended'));
  }

  /**
   * Forgets all events but the last ones, and more where one of those is older than what is forgotten: retention ends
   * by age, so nothing outlives what came after it. Positions before the rest are refused from now on.
   */
  expire(keep = 0): void {
    for (const [name, events] of this.topics) {
      let from = Math.max(0, events.length - keep);
      for (let at = from; at < events.length; at++) {
        const newest = events
          .slice(0, from)
          .reduce((most, one) => (commitOf(one) > most ? commitOf(one) : most), -1n);
        const event = events[at];
        if (event !== undefined && commitOf(event) <= newest) from = at + 1;
      }
      this.topics.set(name, events.slice(from));
    }
    this.#whole = false;
    this.end('SF_STREAM_ENDED');
  }

  /** Newest position of a stream that has seen everything up to this event. */
  positionAfter(event: ReceivedEvent | undefined): Uint8Array {
    return event?.replayId ?? this.#origin;
  }

  isOrigin(replayId: string): boolean {
    return this.#whole && replayId === decoder.decode(this.#origin);
  }

  open(name: string, start: StreamStart): ChangeStream {
    this.starts.push(start);
    const stream: MemoryStream = new MemoryStream(this, name, start, this.#clock, () =>
      this.#streams.delete(stream),
    );
    this.#streams.add(stream);
    return stream;
  }

  schema(schemaId: string): Promise<string> {
    const text = this.hidden.has(schemaId) ? undefined : this.schemas.get(schemaId);
    return text === undefined
      ? Promise.reject(new UmbraError('SF_SCHEMA_UNKNOWN', 'no such schema'))
      : Promise.resolve(text);
  }

  #replayId(): Uint8Array {
    if (!this.sharedReplayIds()) this.#next += 3;
    return encoder.encode(String(this.#next).padStart(10, '0'));
  }
}

function commitOf({ payload }: ReceivedEvent): bigint {
  const { header } = JSON.parse(decoder.decode(payload)) as { header: { commitNumber: string } };
  return BigInt(header.commitNumber);
}

class MemoryStream implements ChangeStream {
  readonly #bus: MemoryBus;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #gone: () => void;
  #last: ReceivedEvent | undefined;
  #failure: UmbraError | undefined;
  #closed = false;
  #beats = 0;
  #wake: (() => void) | undefined;
  unsettled = 0;

  constructor(bus: MemoryBus, name: string, start: StreamStart, clock: Clock, gone: () => void) {
    this.#bus = bus;
    this.#name = name;
    this.#clock = clock;
    this.#gone = gone;
    if (start.kind === 'earliest') return;
    const wanted = decoder.decode(start.replayId);
    this.#last = bus.topic(name).find(({ replayId }) => decoder.decode(replayId) === wanted);
    if (this.#last === undefined && !bus.isOrigin(wanted)) {
      this.#failure = new UmbraError('SF_STREAM_POSITION_REFUSED', 'no such position');
    }
  }

  settle(events: readonly ReceivedEvent[]): void {
    this.unsettled -= events.length;
  }

  wake(): void {
    this.#wake?.();
  }

  beat(): void {
    this.#beats++;
    this.wake();
  }

  fail(error: UmbraError): void {
    this.#failure ??= error;
    this.wake();
  }

  close(): void {
    this.#closed = true;
    this.#gone();
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamMessage> {
    for (;;) {
      if (this.#closed) return;
      if (this.#failure !== undefined) throw this.#failure;
      const events = this.#take();
      if (events.length > 0 || this.#beats > 0) {
        if (events.length === 0) this.#beats = 0;
        this.unsettled += events.length;
        yield { events, latestReplayId: this.#latest(), receivedAt: this.#clock.now() };
      } else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #take(): readonly ReceivedEvent[] {
    const all = this.#bus.topic(this.#name);
    const from = this.#last === undefined ? 0 : all.indexOf(this.#last) + 1;
    const events = all.slice(from, from + this.#bus.perMessage);
    this.#last = events.at(-1) ?? this.#last;
    return events;
  }

  #latest(): Uint8Array {
    return this.#bus.nameless ? new Uint8Array() : this.#bus.positionAfter(this.#last);
  }
}
