import { describe, expect, it } from '@jest/globals';
import { decimalText } from './cell-format.ts';
import { idOf } from './ids.ts';
import { openOrg } from './open-org.ts';
import type { SfValue } from './record.ts';

/** A reader of its own: quotes doubled, anything inside quotes. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] !== '"') throw new Error(`unquoted value at ${at}: ${text.slice(at, at + 40)}`);
    let value = '';
    for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
      if (text[at] === '"') at += 1;
      value += text[at] ?? '';
    }
    row.push(value);
    at += 2;
    if (text[at - 1] === '\n') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

function cellOf(value: SfValue, type: string): string {
  if (value === null) return '';
  if (type === 'datetime') return String(value).replace('+0000', 'Z');
  if (type === 'currency' && typeof value === 'number')
    return value.toFixed(Math.max(2, (String(value).split('.')[1] ?? '').length));
  return String(value);
}

describe('CSV', () => {
  it('says exactly what the records say, for touched and untouched rows of every object', () => {
    const org = openOrg({ scale: 'demo', seed: 11 });
    org.transact([
      {
        op: 'update',
        object: 'Account',
        id: idOf('001', 5),
        fields: { Description: 'he said "no",\r\nthen left', Name: 'Ünï,cödé' },
      },
      { op: 'create', object: 'Account', fields: { Name: 'New', Preferred_Call_Time__c: '08:15' } },
      { op: 'update', object: 'Product2', id: idOf('01t', 2), fields: { Name: 'Renamed "plan"' } },
      { op: 'delete', id: idOf('01t', 7) },
    ]);
    const snapshot = org.truth();
    for (const { name, fields } of org.schema.objects) {
      const leaves = fields.filter(
        (field) => !field.compound && (field.type !== 'currency' || field.scale === 2),
      );
      const columns = leaves.map((field) => field.name);
      const table = snapshot.table(name);
      const text = [...table.csv({ columns, all: true })].map((chunk) => chunk.text).join('');
      const expected = [...table.ordinals({}, true)].map((ordinal) =>
        leaves.map((field) => cellOf(table.column(field.name)(ordinal), field.type)),
      );
      expect(parse(text)).toEqual(expected);
    }
    snapshot.release();
    org.close();
  });

  it('takes ranges, filters, lists of rows, limits, delimiters and parent paths', () => {
    const org = openOrg({ scale: 'demo', seed: 11 });
    const snapshot = org.read();
    const prices = snapshot.table('PricebookEntry');
    const page = [
      ...prices.csv({
        columns: ['Product2.StockKeepingUnit', 'Pricebook2.IsStandard', 'UnitPrice'],
        from: 1,
        maxRows: 2,
        header: true,
        delimiter: '|',
        lineEnding: '\r\n',
      }),
    ];
    expect(page.map(({ text }) => text).join('')).toBe(
      '"Product2.StockKeepingUnit"|"Pricebook2.IsStandard"|"UnitPrice"\r\n"INT-FTTH-BRONZE"|"true"|"24.90"\r\n"INT-FTTH-BRONZE"|"true"|"26.90"\r\n',
    );
    expect(page.at(-1)).toMatchObject({ rows: 2, lastOrdinal: 2 });
    const chosen = [
      ...prices.csv({
        columns: ['Id'],
        ordinals: [9, 3, 7],
        where: (ordinal) => ordinal !== 3,
        chunkRows: 1,
      }),
    ];
    expect(chosen.map(({ lastOrdinal }) => lastOrdinal)).toEqual([9, 7]);
    expect([...prices.csv({ columns: ['Id'], from: 4, to: 5 })][0]?.rows).toBe(2);
    expect(() => prices.csv({ columns: ['Nope'] })).toThrow("No such column 'Nope'");
    snapshot.release();
    org.close();
  });

  it('shows NUL bytes by knob, in Bulk text alone', () => {
    const org = openOrg({ scale: 'demo', seed: 11, knobs: { nulInText: true } });
    const snapshot = org.read();
    const accounts = snapshot.table('Account');
    const text = [...accounts.csv({ columns: ['Name', 'Phone'] })].map((chunk) => chunk.text).join('');
    expect(text.split('\u0000')).toHaveLength(3);
    expect(accounts.record(97)['Name']).not.toContain('\u0000');
    snapshot.release();
    org.close();
  });

  it('prints numbers in full', () => {
    expect([1e21, 1.5e-7, -2.25e22, 12.5, 0, -1e-9].map(decimalText)).toEqual([
      '1000000000000000000000',
      '0.00000015',
      '-22500000000000000000000',
      '12.5',
      '0',
      '-0.000000001',
    ]);
  });
});
