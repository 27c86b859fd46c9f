import { describe, expect, it } from '@jest/globals';
import { Gathered } from './gathered.ts';

describe('gathered questions', () => {
  function world() {
    const asked: { readonly ids: readonly string[]; readonly answer: (error?: Error) => void }[] = [];
    const gathered = new Gathered<string>(async (ids) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      asked.push({ ids, answer: (error) => (error === undefined ? resolve() : reject(error)) });
      await promise;
      return new Map(ids.map((id) => [id, id.toUpperCase()]));
    });
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    return { asked, gathered, settle };
  }

  it('asks for the first two at once, and for all who come meanwhile together', async () => {
    const { asked, gathered, settle } = world();
    const answers = ['a', 'b', 'c', 'd', 'c'].map(async (id) => (await gathered.ask([id])).get(id));
    await settle();
    expect(asked.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
    asked[0]?.answer();
    await settle();
    expect(asked.map(({ ids }) => ids)).toEqual([['a'], ['b'], ['c', 'd']]);
    asked[1]?.answer();
    asked[2]?.answer();
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D', 'C']);
  });

  it('gives each reader what he asked for, and nothing of what the others did', async () => {
    const { asked, gathered, settle } = world();
    const answers = [['a'], ['b'], ['c'], ['d', 'c']].map((ids) => gathered.ask(ids));
    await settle();
    for (const at of [0, 1, 2]) {
      asked[at]?.answer();
      await settle();
    }
    const given = (await Promise.all(answers)).map((values) => [...values]);
    expect(given).toEqual([
      [['a', 'A']],
      [['b', 'B']],
      [['c', 'C']],
      [
        ['d', 'D'],
        ['c', 'C'],
      ],
    ]);
  });

  it('never gives a reader what was asked before he came', async () => {
    const { asked, gathered, settle } = world();
    const first = gathered.ask(['a']);
    await settle();
    const second = gathered.ask(['a']);
    await settle();
    expect(asked.map(({ ids }) => ids)).toEqual([['a'], ['a']]);
    for (const { answer } of asked) answer();
    await Promise.all([first, second]);
  });

  it('goes on after a failure, which is told to those who shared the question only', async () => {
    const { asked, gathered, settle } = world();
    const [a, b, c] = ['a', 'b', 'c'].map((id) => gathered.ask([id]));
    await settle();
    asked[0]?.answer(new Error('away'));
    await expect(a).rejects.toThrow('away');
    await settle();
    asked[1]?.answer();
    asked[2]?.answer();
    expect([(await b)?.get('b'), (await c)?.get('c')]).toEqual(['B', 'C']);
  });
});
