import { describe, expect, it } from '@jest/globals';
import {
  canonicalLeaf,
  leafSchemaOf,
  merge,
  mirroredObjects,
  readStamp,
  type LeafType,
  type LeafValue,
} from '@umbra/domain';
import { smallOrg, smallOrgFieldMap } from '@umbra/testing';
import fc from 'fast-check';
import { memoryMirror } from '../../test/memory-mirror.ts';
import { statementOf } from '../mirror/read-shape.ts';
import { RowEncoder, statementOfStaged } from './row-encoder.ts';

const cellOf: Readonly<Record<LeafType, fc.Arbitrary<string>>> = {
  text: fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme' }), fc.constantFrom('a"b\\c\n', '\u0000')),
  id: fc.constantFrom('', '01t000000000001AAA', '01t000000000002'),
  decimal: fc.constantFrom('', '9.99', '9.990', '0.001', '99999999999', '-0'),
  integer: fc.constantFrom('', '1', '-5'),
  boolean: fc.constantFrom('', 'true', 'false'),
  datetime: fc.constantFrom('', '2024-01-15T10:30:00.000Z', '2024-01-15T10:30:00.000+0000'),
  date: fc.constantFrom('', '2024-01-15'),
  time: fc.constantFrom('', '10:30:00.000Z'),
};

describe.each(['Product2', 'PricebookEntry', 'Account'] as const)('rows of %s', (object) => {
  const schema = leafSchemaOf(mirroredObjects[object], smallOrg[object]);
  const columns = schema.leaves.map(({ name }) => name);
  const shape = { object, schema, revision: 1 };
  const projector = memoryMirror({
    fieldMap: smallOrgFieldMap,
    defaultCurrency: null,
  }).mirror.projector(object);
  const facts = { shape, stamp: readStamp(0, undefined, 1n), readAt: '2026-01-01T00:00:00.000Z' };
  const row = fc.tuple(
    ...schema.leaves.map(({ name, type }) =>
      name === 'Id' ? fc.constantFrom('001000000000001', '001000000000002AAA') : cellOf[type],
    ),
  );
  const stored = new Set(schema.stored);
  const revisions = (revision: number): ReadonlySet<string> => (revision === 1 ? stored : new Set());

  it('become the state and the columns that the merge would make of their values', () => {
    const encoder = new RowEncoder(shape, columns, projector);
    fc.assert(
      fc.property(row, (cells) => {
        const leaves: Record<string, LeafValue> = {};
        for (const [i, { name, type }] of schema.leaves.entries()) {
          const value = canonicalLeaf(type, cells[i]);
          if (value !== null) leaves[name] = value;
        }
        const statement = statementOf(facts, String(leaves['Id']), leaves);
        const staged = encoder.encode(cells);
        expect(statementOfStaged(facts, staged)).toEqual(statement);
        expect(JSON.parse(staged.payload)).toEqual(leaves);
        const state = merge(undefined, statement, revisions);
        expect(staged.columns).toEqual(projector.project(state, revisions).columns);
        expect(staged).toMatchObject({
          recordId: state.recordId,
          alive: state.alive,
          srcModifiedAt: state.srcModifiedAt,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('are refused when the page has other columns than were asked for', () => {
    for (const wrong of [columns.slice(1), [...columns, 'Surprise__c'], columns.with(0, 'Surprise__c')]) {
      expect(() => new RowEncoder(shape, wrong, projector)).toThrow(
        expect.objectContaining({ code: 'SF_RESPONSE_INVALID' }),
      );
    }
  });
});
