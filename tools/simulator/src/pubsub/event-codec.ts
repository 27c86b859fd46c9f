import avsc from 'avsc';
import type { SfValue } from '../org/record.ts';
import type { ChangeEventSchema, EventField } from './change-event-schema.ts';
import { encodeBitmaps, type FieldPosition } from './change-bitmap.ts';

/** Avro longs as BigInt: commit numbers have 19 digits, more than a JavaScript number can tell apart. */
const bigLong = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: (value: string | number) => BigInt(value),
  toJSON: (value: bigint) => Number(value),
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

export interface EventHeader {
  readonly entityName: string;
  readonly recordIds: readonly string[];
  readonly changeType: string;
  readonly changeOrigin: string;
  readonly transactionKey: string;
  readonly sequenceNumber: number;
  /** Epoch ms in whole seconds. */
  readonly commitTimestamp: bigint;
  readonly commitNumber: bigint;
  readonly commitUser: string;
}

/** What the event says about fields: values by leaf name, and which of them it marks. */
export interface EventBody {
  readonly values: Readonly<Record<string, SfValue>>;
  readonly changed: readonly string[];
  readonly nulled: readonly string[];
  readonly diffed: readonly string[];
}

/** Turns change events of one schema into the bytes that travel: bare Avro, without any container. */
export class EventCodec {
  readonly #type: avsc.Type;
  readonly #schema: ChangeEventSchema;
  readonly #positions = new Map<string, FieldPosition>();

  constructor(schema: ChangeEventSchema) {
    this.#schema = schema;
    this.#type = avsc.Type.forSchema(JSON.parse(schema.json) as avsc.Schema, {
      registry: { long: bigLong },
      wrapUnions: 'always',
    });
    schema.fields.forEach((field, index) => {
      this.#positions.set(field.name, { field: index + 1 });
      field.children?.forEach(({ leaf }, child) => this.#positions.set(leaf, { field: index + 1, child }));
    });
  }

  /** Whether events of this schema carry the leaf at all. */
  carries(leaf: string): boolean {
    return this.#positions.has(leaf);
  }

  encode(header: EventHeader, body: EventBody, parentBit: boolean): Buffer {
    const bitmaps = (leaves: readonly string[]): string[] =>
      encodeBitmaps(
        leaves.flatMap((leaf) => this.#positions.get(leaf) ?? []),
        parentBit,
      );
    const event: Record<string, unknown> = {
      ChangeEventHeader: {
        ...header,
        nulledFields: bitmaps(body.nulled),
        diffFields: bitmaps(body.diffed),
        changedFields: bitmaps(body.changed),
      },
    };
    for (const field of this.#schema.fields) event[field.name] = avroValue(field, body.values);
    return this.#type.toBuffer(event);
  }
}

function avroValue(field: EventField, values: EventBody['values']): unknown {
  if (field.children === undefined) return wrapped(field.avro, field.type, values[field.name]);
  if (field.children.every(({ leaf }) => (values[leaf] ?? null) === null)) return null;
  const children: Record<string, unknown> = {};
  for (const { name, leaf, avro } of field.children) children[name] = wrapped(avro, avro, values[leaf]);
  return { [field.record ?? field.name]: children };
}

/** The value in the branch of its union; dates and instants as epoch milliseconds. */
function wrapped(avro: string, type: string, value: SfValue | undefined): unknown {
  if (value === null || value === undefined) return null;
  if (avro !== 'long') return { [avro]: avro === 'string' ? String(value) : value };
  const text = String(value);
  if (type === 'time') return { long: BigInt(Date.parse(`1970-01-01T${text}`)) };
  return { long: BigInt(Date.parse(type === 'date' ? `${text}T00:00:00Z` : `${text.slice(0, 23)}Z`)) };
}
