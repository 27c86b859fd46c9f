import { describe, expect, it } from '@jest/globals';
import { SingleFlight } from './single-flight.ts';

describe('single flight', () => {
  function gate(): { opened: Promise<void>; open: () => void } {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    return { opened, open };
  }

  it('loads each id once while somebody is loading it, and again afterwards', async () => {
    const flights = new SingleFlight();
    const { opened, open } = gate();
    const loads: string[][] = [];
    const load = async (ids: readonly string[]) => {
      loads.push([...ids]);
      await opened;
      return new Map(ids.map((id) => [id, id.toUpperCase()]));
    };
    const first = flights.many('q', ['a', 'b'], load);
    const second = flights.many('q', ['b', 'c'], load);
    const third = flights.many('q', ['a'], load);
    const other = flights.many('p', ['a'], load);
    open();
    expect([...(await first)]).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ]);
    expect([...(await second).values(), ...(await third).values(), ...(await other).values()]).toEqual([
      'B',
      'C',
      'A',
      'A',
    ]);
    expect(loads).toEqual([['a', 'b'], ['c'], ['a']]);
    await flights.many('q', ['a'], load);
    expect(loads).toHaveLength(4);
  });

  it('a failed load fails all who waited for it, and nobody after', async () => {
    const flights = new SingleFlight();
    const failing = () => Promise.reject(new Error('no'));
    const waiting = [flights.many('q', ['a'], failing), flights.many('q', ['a', 'b'], failing)];
    for (const each of await Promise.allSettled(waiting)) expect(each.status).toBe('rejected');
    const values = await flights.many('q', ['a'], (ids) =>
      Promise.resolve(new Map(ids.map((id) => [id, 1]))),
    );
    expect(values.get('a')).toBe(1);
  });
});
