import { describe, expect, it } from '@jest/globals';
import { changeInput, eventVersion, merge, type LeafValue, type RecordState } from '@umbra/domain';
import { AvroWriter } from '../../test/avro-writer.ts';
import { createChangeDecoder } from './change-decoder.ts';

/** A hundred times as many with `--globals '{"umbraPropertyDepth":100}'`: a million events. */
const depth = Number((globalThis as { umbraPropertyDepth?: number }).umbraPropertyDepth ?? 1);
const EVENTS = 10_000 * depth;
const ID = '001000000000001AAA';

const strings = { type: 'array', items: 'string' };
const named = (type: string) => (name: string) => ({ name, type });
const header = {
  name: 'ChangeEventHeader',
  type: {
    type: 'record',
    name: 'ChangeEventHeader',
    fields: [
      named('string')('entityName'),
      { name: 'recordIds', type: strings },
      { name: 'changeType', type: { type: 'enum', name: 'ChangeType', symbols: ['CREATE', 'UPDATE'] } },
      ...['changeOrigin', 'transactionKey'].map(named('string')),
      named('int')('sequenceNumber'),
      ...['commitTimestamp', 'commitNumber'].map(named('long')),
      named('string')('commitUser'),
      ...['nulledFields', 'diffFields', 'changedFields'].map((name) => ({ name, type: strings })),
    ],
  },
};
const plain = [
  ['Phone', 'string'],
  ['AnnualRevenue', 'double'],
  ['Active__c', 'boolean'],
  ['NumberOfEmployees', 'int'],
  ['Opened__c', 'long'],
  ['Site', 'string'],
] as const;
const children = ['Street', 'City', 'PostalCode'] as const;
/** Between the plain fields, so that bits behind it would slip if it were counted wrongly. */
const COMPOUND_AT = 3;
const optional = (name: string, type: unknown) => ({
  name,
  type: ['null', type],
  doc: 'Data:Text',
  default: null,
});
const address = { type: 'record', name: 'Address', fields: children.map((name) => optional(name, 'string')) };
const fields = plain.map(([name, type]) => optional(name, type));
fields.splice(COMPOUND_AT, 0, optional('BillingAddress', address));
const schema = JSON.stringify({ type: 'record', name: 'AccountChangeEvent', fields: [header, ...fields] });
const leafNames = [...plain.map(([name]) => name), ...children.map((name) => `Billing${name}`)];

/** `enriched`: carried with a value although it did not change. */
type Fate = 'absent' | 'value' | 'nulled' | 'null unmarked' | 'enriched';
const fates: readonly Fate[] = ['absent', 'absent', 'value', 'nulled', 'null unmarked', 'enriched'];

/** Source: Steele, Vigna, mulberry32. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Told {
  readonly fate: Fate;
  readonly value: string | number | boolean;
}

function bitmap(bits: readonly number[]): string {
  return `0x${bits
    .reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n)
    .toString(16)
    .toUpperCase()}`;
}

/** Marks as Salesforce writes them: fields in one bitmap, children of a compound in one behind its position. */
function marks(told: ReadonlyMap<string, Told>, wanted: (fate: Fate) => boolean): string[] {
  const marked = (leaf: string): boolean => wanted(told.get(leaf)?.fate ?? 'absent');
  const top = fields.flatMap(({ name }, at) => (name !== 'BillingAddress' && marked(name) ? at + 1 : []));
  const inner = children.flatMap((name, at) => (marked(`Billing${name}`) ? at : []));
  return [
    ...(top.length > 0 ? [bitmap(top)] : []),
    ...(inner.length > 0 ? [`${COMPOUND_AT + 1}-${bitmap(inner)}`] : []),
  ];
}

const isCarried = (fate: Fate | undefined): boolean => fate === 'value' || fate === 'enriched';

function write(writer: AvroWriter, type: string, value: Told['value']): void {
  if (type === 'double') writer.double(Number(value));
  else if (type === 'boolean') writer.boolean(value === true);
  else if (type === 'string') writer.string(String(value));
  else writer.long(Number(value));
}

function encode(
  told: ReadonlyMap<string, Told>,
  at: { commit: bigint; seq: number; second: number },
): Uint8Array {
  const writer = new AvroWriter().string('Account').strings([ID]).long(1).string('client=test').string('t');
  writer
    .long(at.seq)
    .long(at.second * 1000)
    .long(at.commit)
    .string('005000000000001AAA');
  writer.strings(marks(told, (fate) => fate === 'nulled'));
  writer.strings([]);
  writer.strings(marks(told, (fate) => fate === 'value' || fate === 'nulled' || fate === 'null unmarked'));
  const optionally = (leaf: string, type: string): void => {
    const one = told.get(leaf);
    writer.long(isCarried(one?.fate) ? 1 : 0);
    if (one !== undefined && isCarried(one.fate)) write(writer, type, one.value);
  };
  for (const { name } of fields) {
    if (name !== 'BillingAddress') {
      optionally(name, plain.find(([field]) => field === name)?.[1] ?? 'string');
      continue;
    }
    const some = children.some((child) => isCarried(told.get(`Billing${child}`)?.fate));
    writer.long(some ? 1 : 0);
    if (some) for (const child of children) optionally(`Billing${child}`, 'string');
  }
  return writer.bytes();
}

const texts = ['x', 'naïve 漢', '"', "it's", '0', 'null', ' ', '👩‍👩‍👧', '\\u0000'];

function valueFor(leaf: string, random: () => number): Told['value'] {
  const type = plain.find(([name]) => name === leaf)?.[1] ?? 'string';
  const number = Math.floor(random() * 2 ** 31);
  if (type === 'double') return number / 64;
  if (type === 'boolean') return random() < 0.5;
  if (type === 'int') return number - 2 ** 30;
  if (type === 'long') return number * 1000;
  return `${texts[number % texts.length] ?? ''}${number}`;
}

/** As the mirror writes it. */
function canonical(leaf: string, value: Told['value']): LeafValue {
  if (leaf === 'Opened__c') return new Date(Number(value)).toISOString();
  return leaf === 'AnnualRevenue' ? String(value) : value;
}

const decoder = createChangeDecoder(schema);
const revision = { revision: 1, leaves: new Set(leafNames) };
const revisions = (number: number): ReadonlySet<string> => (number === 0 ? new Set() : revision.leaves);

describe('null, unchanged and absent, through real bytes and both bitmaps', () => {
  it(`are told apart in ${String(EVENTS)} events, with numbers of 19 digits and many changes in one second`, () => {
    const random = chance(7);
    const truth = new Map<string, LeafValue>();
    let state: RecordState | undefined;
    let commit = 1_778_192_987_716_501_587n;
    const late: ReturnType<typeof inputOf>[] = [];
    for (let n = 0; n < EVENTS; n++) {
      const told = new Map<string, Told>();
      for (const leaf of leafNames) {
        const fate = fates[Math.floor(random() * fates.length)] ?? 'absent';
        told.set(leaf, { fate, value: valueFor(leaf, random) });
      }
      // One apart, where a double would take two numbers for one; several changes in one transaction and second.
      const seq = 1 + (n % 3);
      if (seq === 1) commit += 1n;
      const input = inputOf(told, { commit, seq, second: 1_770_000_000 + Math.floor(n / 40) });
      for (const [leaf, { fate, value }] of told) {
        if (fate === 'value') truth.set(leaf, canonical(leaf, value));
        if (fate === 'nulled' || fate === 'null unmarked') truth.delete(leaf);
      }
      // Some come late, behind up to nine younger ones.
      if (random() < 0.2) late.push(input);
      else state = merge(state, input, revisions);
      if (n % 10 === 9 || n === EVENTS - 1) {
        for (const one of late.splice(0)) state = merge(state, one, revisions);
        if (!isSame(state?.leaves ?? {}, truth)) expect(state?.leaves).toEqual(Object.fromEntries(truth));
      }
    }
    expect(state?.leaves).toEqual(Object.fromEntries(truth));
  }, 600_000);
});

function isSame(leaves: Readonly<Record<string, LeafValue>>, truth: ReadonlyMap<string, LeafValue>): boolean {
  return (
    Object.keys(leaves).length === truth.size && [...truth].every(([leaf, value]) => leaves[leaf] === value)
  );
}

function inputOf(told: ReadonlyMap<string, Told>, at: { commit: bigint; seq: number; second: number }) {
  const decoded = decoder.decode(encode(told, at));
  const { commitNumber, commitTimestamp, sequenceNumber, changeType } = decoded.header;
  if (commitNumber !== at.commit || sequenceNumber !== at.seq) throw new RangeError('another version');
  const version = eventVersion(0, commitNumber, sequenceNumber);
  const change = {
    object: 'Account',
    recordId: ID,
    version,
    changeType,
    committedAt: commitTimestamp,
  } as const;
  return changeInput(change, decoded, revision);
}
