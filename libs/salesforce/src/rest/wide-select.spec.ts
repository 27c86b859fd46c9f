import { describe, expect, it } from '@jest/globals';
import type { Leaves, SelectRequest } from '@umbra/domain';
import { fieldGroups, selectInGroups, type GroupAnswer } from './wide-select.ts';

const wide = Array.from({ length: 800 }, (_, n) => `A_Rather_Long_Field_Name_${n}__c`);
const request: SelectRequest = { object: 'Account', fields: wide, where: [] };

/** A record whose fields all hold the number of its state. */
function record(id: string, state: number): Leaves {
  return {
    Id: id,
    SystemModstamp: `stamp-${state}`,
    ...Object.fromEntries(wide.map((name) => [name, state])),
  };
}

function answer(rows: readonly Leaves[], fields: readonly string[], second = 0): GroupAnswer {
  const picked = rows.map((row) => Object.fromEntries(fields.map((name) => [name, row[name] ?? null])));
  return { rows: picked, at: new Date(Date.UTC(2026, 0, 1, 0, 0, 10 - second)), calls: 1 };
}

describe('fieldGroups', () => {
  it('leaves an ordinary selection whole, and cuts a wide one without loss', () => {
    expect(fieldGroups(wide.slice(0, 100))).toHaveLength(1);
    const groups = fieldGroups(wide);
    expect(groups.length).toBeGreaterThan(1);
    expect(groups.flat()).toEqual(wide);
    for (const group of groups) expect(encodeURIComponent(group.join(',')).length).toBeLessThanOrEqual(8000);
  });
});

describe('selectInGroups', () => {
  it('joins the groups by id, in the order of the first, with the wanted fields only', async () => {
    const rows = [record('2', 1), record('1', 2)];
    let turn = 0;
    const read = (part: SelectRequest): Promise<GroupAnswer> => {
      const order = turn === 0 ? rows : rows.toReversed();
      return Promise.resolve(answer(order, part.fields, turn++));
    };
    const groups = fieldGroups(wide);
    const joined = await selectInGroups(request, groups, read);
    expect(joined.rows.map((row) => row[wide[0] ?? ''])).toEqual([1, 2]);
    expect(Object.keys(joined.rows[0] ?? {})).toEqual(wide);
    expect(joined.calls).toBe(groups.length);
    expect(joined.at.getUTCSeconds()).toBe(10 - (groups.length - 1));
  });

  it('never joins two states of a record: it reads again, and gives up in the end', async () => {
    let calls = 0;
    const changing = (part: SelectRequest): Promise<GroupAnswer> =>
      Promise.resolve(answer([record('1', calls++)], part.fields));
    await expect(selectInGroups(request, fieldGroups(wide), changing)).rejects.toMatchObject({
      code: 'SF_UNAVAILABLE',
    });
    let late = 0;
    const settling = (part: SelectRequest): Promise<GroupAnswer> =>
      Promise.resolve(answer([record('1', Math.min(late++, 1))], part.fields));
    const { rows } = await selectInGroups(request, fieldGroups(wide), settling);
    expect(new Set(wide.map((name) => rows[0]?.[name]))).toEqual(new Set([1]));
  });

  it('a record that comes or goes between two groups repeats the read', async () => {
    for (const first of [[record('1', 0)], [record('1', 0), record('2', 0), record('3', 0)]]) {
      let calls = 0;
      const read = (part: SelectRequest): Promise<GroupAnswer> =>
        Promise.resolve(answer(calls++ === 0 ? first : [record('1', 0), record('2', 0)], part.fields));
      const { rows } = await selectInGroups(request, fieldGroups(wide), read);
      expect(rows).toHaveLength(2);
    }
  });

  it('a limited selection is refused', async () => {
    const read = (): Promise<GroupAnswer> => Promise.reject(new Error('asked'));
    await expect(selectInGroups({ ...request, limit: 5 }, fieldGroups(wide), read)).rejects.toMatchObject({
      code: 'SF_QUERY_REJECTED',
    });
  });
});
