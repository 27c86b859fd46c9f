import { describe, expect, it } from '@jest/globals';
import {
  UmbraError,
  type Condition,
  type ConditionValue,
  type FieldDescribe,
  type SelectRequest,
} from '@umbra/domain';
import fc from 'fast-check';
import { countText, selectText, type NamedFields } from './soql.ts';
import { splitSelect } from './split-select.ts';

const types: Readonly<Record<string, string>> = {
  Id: 'id',
  Name: 'string',
  OwnerId: 'reference',
  IsDeleted: 'boolean',
  AnnualRevenue: 'currency',
  SystemModstamp: 'datetime',
  LastActivityDate: 'date',
  BillingAddress: 'address',
  Body: 'base64',
  Type: 'picklist',
};

const names: NamedFields = {
  field: (name) => {
    const known = Object.keys(types).find((one) => one.toLowerCase() === name.toLowerCase());
    if (known === undefined) throw new UmbraError('SF_QUERY_REJECTED', 'unknown');
    return { name: known, type: types[known] } as FieldDescribe;
  },
};
const account = { name: 'Account', keyPrefix: '001', queryable: true, fields: [] };

function where(field: string, value: ConditionValue, op: '=' | '<' = '='): string {
  const conditions: Condition[] = [{ field, op, value }];
  return selectText({ object: 'Account', fields: ['Id'], where: conditions }, account, names).replace(
    'SELECT Id FROM Account WHERE ',
    '',
  );
}

describe('sec-15: the query builder', () => {
  it('writes names in the spelling of describe', () => {
    const request: SelectRequest = {
      object: 'account',
      fields: ['id', 'NAME'],
      where: [
        { field: 'isdeleted', op: '=', value: { type: 'boolean', value: false } },
        { field: 'Id', op: 'in', values: [{ type: 'id', value: '001xx0000000001AAA' }] },
      ],
      orderBy: [{ field: 'name', direction: 'desc' }],
      limit: 10,
    };
    expect(selectText(request, account, names)).toBe(
      "SELECT Id,Name FROM Account WHERE IsDeleted = false AND Id IN ('001xx0000000001AAA') ORDER BY Name DESC LIMIT 10",
    );
    expect(countText([], account, names)).toBe('SELECT COUNT() FROM Account');
  });

  it.each<[string, ConditionValue, string]>([
    ['Name', { type: 'text', value: "O'Neil" }, "Name = 'O\\'Neil'"],
    ['Name', { type: 'text', value: "\\' OR Name != '" }, "Name = '\\\\\\' OR Name != \\''"],
    [
      'Name',
      { type: 'text', value: "x' OR Id IN (SELECT Id FROM User) OR Name = 'y" },
      "Name = 'x\\' OR Id IN (SELECT Id FROM User) OR Name = \\'y'",
    ],
    ['Name', { type: 'text', value: 'a\nb\tc"d' }, "Name = 'a\\nb\\tc\\\"d'"],
    ['Name', { type: 'text', value: '\u001b[31m\b\u2028' }, String.raw`Name = '\u001b[31m\u0008\u2028'`],
    [
      'Name',
      { type: 'text', value: '東京 \u2019 \u02bc \uff07 100%_' },
      "Name = '東京 \u2019 \u02bc \uff07 100%_'",
    ],
    ['OwnerId', { type: 'id', value: '005xx0000000001' }, "OwnerId = '005xx0000000001'"],
    ['AnnualRevenue', { type: 'decimal', value: '-12.50' }, 'AnnualRevenue = -12.50'],
    [
      'SystemModstamp',
      { type: 'datetime', value: '2026-01-01T01:00:00+01:00' },
      'SystemModstamp = 2026-01-01T00:00:00.000Z',
    ],
    ['Type', { type: 'null' }, 'Type = null'],
  ])('%s %j', (field, value, text) => {
    expect(where(field, value)).toBe(text);
  });

  it('a bound text stays one literal, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (value) => {
        let soql: string;
        try {
          soql = where('Name', { type: 'text', value });
        } catch (error) {
          expect(value).toContain('\u0000');
          expect(error).toMatchObject({ code: 'SF_QUERY_REJECTED' });
          return;
        }
        // What stands between the quotes: plain characters and whole escapes, so that neither quote nor line ends it.
        const literal =
          /^Name = '((?:[^\\'"\p{Cc}\u2028\u2029]|[\u0080-\u009f]|\\(?:[\\'"nrtf]|u[0-9a-f]{4}))*)'$/u.exec(
            soql,
          )?.[1];
        const unescaped = literal?.replace(/\\(u[0-9a-f]{4}|.)/g, (_all, code: string) => {
          if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
          return { n: '\n', r: '\r', t: '\t', f: '\f' }[code] ?? code;
        });
        expect(unescaped).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[string, ConditionValue]>([
    ['Id', { type: 'id', value: "001xx' OR Id != '" }],
    ['Id', { type: 'text', value: 'x' }],
    ['Name', { type: 'id', value: '001xx0000000001AAA' }],
    ['AnnualRevenue', { type: 'decimal', value: '1 OR Id != null' }],
    ['AnnualRevenue', { type: 'decimal', value: '1e5' }],
    ['AnnualRevenue', { type: 'text', value: '1' }],
    ['SystemModstamp', { type: 'datetime', value: 'TODAY' }],
    ['LastActivityDate', { type: 'datetime', value: '2026-01-01T00:00:00Z' }],
    ['IsDeleted', { type: 'text', value: 'true' }],
    ['Name', { type: 'text', value: 'a\u0000b' }],
    ['BillingAddress', { type: 'null' }],
    ['Nope', { type: 'null' }],
  ])('%s %j is refused', (field, value) => {
    expect(() => where(field, value)).toThrow(expect.objectContaining({ code: 'SF_QUERY_REJECTED' }));
  });

  it.each<Partial<SelectRequest>>([
    { fields: [] },
    { fields: ['BillingAddress'] },
    { fields: ['Body'] },
    { limit: 0 },
    { limit: 1.5 },
    { where: [{ field: 'Id', op: 'in', values: [] }] },
    { where: [{ field: 'Type', op: '<', value: { type: 'null' } }] },
    { fields: Array<string>(20_000).fill('SystemModstamp') },
  ])('%j is refused', (change) => {
    const request = { object: 'Account', fields: ['Id'], where: [], ...change };
    expect(() => selectText(request, account, names)).toThrow(
      expect.objectContaining({ code: 'SF_QUERY_REJECTED' }),
    );
  });

  it('an error names the field, never the value', () => {
    expect(() => where('AnnualRevenue', { type: 'decimal', value: 'secret' })).toThrow(
      expect.objectContaining({ message: 'The query cannot be asked: no number (AnnualRevenue)' }),
    );
  });
});

describe('sec-15: a query longer than a URI may be', () => {
  const idList = (count: number): Condition => ({
    field: 'Id',
    op: 'in',
    values: Array.from({ length: count }, (_, n) => ({
      type: 'id',
      value: `001${String(n).padStart(12, '0')}AAA`,
    })),
  });
  const text = (part: SelectRequest): string => selectText(part, account, names);

  it('is split by its longest list, and nothing is lost', () => {
    const request = { object: 'Account', fields: ['Id'], where: [idList(2000)] };
    const parts = splitSelect(request, text);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(encodeURIComponent(part).length).toBeLessThanOrEqual(12_000);
    const ids = parts.flatMap((part) => part.match(/001\d{12}AAA/g) ?? []);
    expect(new Set(ids).size).toBe(2000);
    expect(ids).toHaveLength(2000);
  });

  it('is left whole when it fits', () => {
    expect(splitSelect({ object: 'Account', fields: ['Id'], where: [idList(200)] }, text)).toHaveLength(1);
  });

  it.each<Partial<SelectRequest>>([
    { limit: 10 },
    { orderBy: [{ field: 'Id', direction: 'asc' }] },
    { where: [{ field: 'Name', op: '=', value: { type: 'text', value: 'x'.repeat(20_000) } }] },
  ])('is refused when it cannot be split: %j', (change) => {
    const request = { object: 'Account', fields: ['Id'], where: [idList(2000)], ...change };
    expect(() => splitSelect(request, text)).toThrow(expect.objectContaining({ code: 'SF_QUERY_REJECTED' }));
  });
});
