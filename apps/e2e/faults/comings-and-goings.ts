import { strict as assert } from 'node:assert';
import type { FaultCase, Trial } from './fault-case.ts';
import { nightly } from './nothing-missed.ts';

/** Creates records of one object in one transaction. @returns their ids */
async function create(
  { arena }: Trial,
  object: string,
  all: readonly Record<string, unknown>[],
): Promise<string[]> {
  const { results } = await arena.org.transact(all.map((fields) => ({ op: 'create', object, fields })));
  return results.map(({ id, errors }) => {
    assert.notEqual(id, null, JSON.stringify(errors));
    return String(id);
  });
}

/** A product with a price. @returns ids of both */
async function offer(trial: Trial, name: string): Promise<{ product: string; price: string }> {
  const [product = ''] = await create(trial, 'Product2', [
    { Name: name, StockKeepingUnit: name, IsActive: true },
  ]);
  const standard = (await trial.arena.org.truth('Pricebook2')).find(({ IsStandard }) => IsStandard === true);
  const fields = {
    Pricebook2Id: standard?.['Id'],
    Product2Id: product,
    UnitPrice: 9,
    CurrencyIsoCode: 'EUR',
  };
  const [price = ''] = await create(trial, 'PricebookEntry', [{ ...fields, IsActive: true }]);
  return { product, price };
}

/** Rows 16 and 24: records that change often at once, and records that come, go and come back. */
export const comingsAndGoings: readonly FaultCase[] = [
  {
    row: 16,
    title: 'hundreds of commits on the same records within a second',
    tier: 'test',
    seeds: 1,
    async drive({ arena, chance, figure, pressure }) {
      const ids = ['0015g0000000001AAA', '0015g0000000002AAA', '0015g0000000003AAA'];
      const commits = pressure.name === 'test' ? 300 : 2_000;
      for (let n = 0; n < commits; n += 50)
        await Promise.all(
          Array.from({ length: 50 }, (_, at) => {
            const fields = at % 7 === 0 ? { Site: null } : { Site: `site ${n + at}`, Phone: String(n) };
            return arena.org.transact([{ op: 'update', object: 'Account', id: chance.pick(ids), fields }]);
          }),
        );
      figure('commits', commits);
    },
  },
  {
    row: 24,
    title: 'deleted, undeleted, merged, and products that go before their prices',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      const { arena, chance, converged, seed } = { ...trial, seed: trial.chance.seed };
      const tag = `${seed}-${chance.between(1, 1e6)}`;
      const kept = await offer(trial, `KEPT-${tag}`);
      const gone = await offer(trial, `GONE-${tag}`);
      const names = ['winner', 'loser', 'comes back'].map((name) => ({ Name: `${name} ${tag}` }));
      const [winner, loser, back = ''] = await create(trial, 'Account', names);
      await converged();
      await arena.org.transact([{ op: 'delete', id: kept.product }]);
      await arena.org.transact([{ op: 'delete', id: gone.product }]);
      await arena.org.transact([{ op: 'delete', id: back }]);
      const merge = { op: 'merge', object: 'Account', winner, losers: [loser] };
      await arena.org.control('POST', '/transactions', { edits: [merge], client: 'shop' });
      await arena.org.transact([{ op: 'undelete', id: kept.product }]);
      await arena.org.transact([{ op: 'undelete', id: back }]);
    },
  },
  {
    row: 24,
    title: 'hard deletes and an emptied bin, which no event tells',
    tier: 'torture',
    seeds: 1,
    convergesWithinSeconds: 90,
    async drive(trial) {
      const { arena, chance, converged } = trial;
      await converged();
      // No load changes these, and they are old: what is young may be absent because a replica is behind.
      const living = (await arena.org.truth('Account')).filter(({ IsDeleted }) => IsDeleted === false);
      const [erased, binned] = chance.shuffled(living.slice(160)).map(({ Id }) => String(Id));
      assert.ok(erased !== undefined && binned !== undefined);
      await arena.org.transact([{ op: 'hardDelete', id: erased }]);
      await arena.org.transact([{ op: 'delete', id: binned }]);
      const purge = { op: 'purge', ids: [binned] };
      await arena.org.control('POST', '/transactions', { edits: [purge], client: 'shop' });
      await nightly(trial);
    },
  },
];
