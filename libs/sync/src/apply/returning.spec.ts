import { describe, expect, it } from '@jest/globals';
import { laneOf, type RecordRef } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import { Returning } from './returning.ts';

const price = (n: number): RecordRef => ({ object: 'PricebookEntry', recordId: recordId('01u', n) });
const lane = ({ object, recordId: id }: RecordRef): number => laneOf(object, id);

describe('records on their way back', () => {
  it('are told by lane until they have been looked at', () => {
    const returning = new Returning();
    const records = Array.from({ length: 30 }, (_, n) => price(n));
    returning.add([...records, ...records]);
    expect(new Set(returning.lanes)).toEqual(new Set(records.map(lane)));
    const [first = price(0)] = records;
    const there = returning.of([lane(first)]);
    expect(there).toEqual(records.filter((one) => lane(one) === lane(first)));
    returning.done(there);
    expect(returning.of([lane(first)])).toEqual([]);
    expect(returning.lanes).not.toContain(lane(first));
    returning.done(records);
    returning.done(records);
    expect(returning.lanes).toEqual([]);
  });

  it('are a batch of two hundred at most, and twenty thousand in all', () => {
    const returning = new Returning();
    returning.add(Array.from({ length: 25_000 }, (_, n) => price(n)));
    const lanes = Array.from({ length: 64 }, (_, at) => at);
    let seen = 0;
    for (let some = returning.of(lanes); some.length > 0; some = returning.of(lanes)) {
      expect(some.length).toBeLessThanOrEqual(200);
      returning.done(some);
      seen += some.length;
    }
    expect(seen).toBe(20_000);
  });
});
