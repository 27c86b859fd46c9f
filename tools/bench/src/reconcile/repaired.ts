// eslint-disable-next-line no-restricted-imports -- the same damage as in the tests, at another scale
import { plantedKinds, type PlantedDrift, type PlantedKind } from '@umbra/testing/servers';
import type { Stage } from '../harness/stage.ts';

const account = 'sf_account_eligibility_shadow where account_id = any ($1)';
const price = 'sf_pricebook_shadow where pricebook_entry_id = any ($1)';
const gone = "sf_shadow_aside where object = 'Account' and not alive and record_id = any ($1)";

/** How many of the planted records are right, by what was done to them. */
const right: Readonly<Record<PlantedKind, string>> = {
  'lost insert': `select count(*) as n from ${account}`,
  'lost update': `select count(*) as n from ${account} and raw_payload ->> 'Site' like '________-%'`,
  'stale field': `select count(*) as n from ${account} and raw_payload ->> 'Name' <> 'stale'`,
  'ghost row': `select count(*) as n from ${gone}`,
  'lost undelete': `select count(*) as n from ${account}`,
  'wrong price': `select count(*) as n from ${price} and unit_price = (select unit_price from bench_price where id = pricebook_entry_id)`,
  'formula change': `select count(*) as n from ${price} and raw_payload ->> 'Name' = (
    select raw_payload ->> 'Name' from sf_product_shadow as product
    where product.product_id = sf_pricebook_shadow.product_id) and raw_payload ->> 'Name' like 'renamed %'`,
  'missed merge': `select count(*) as n from ${gone} and master_id is not null`,
  'truncated page': `select count(*) as n from ${account}`,
  'hidden permission': `select count(*) as n from ${account} and raw_payload ? 'Industry'`,
};

export interface Found {
  readonly planted: number;
  readonly repaired: number;
}

export async function repairedOf(
  stage: Stage,
  planted: PlantedDrift['planted'],
): Promise<Record<PlantedKind, Found>> {
  const found: Partial<Record<PlantedKind, Found>> = {};
  for (const kind of plantedKinds) {
    const { rows } = await stage.client.query<{ n: string }>(right[kind], [planted[kind]]);
    found[kind] = { planted: planted[kind].length, repaired: Number(rows[0]?.n ?? 0) };
  }
  return found as Record<PlantedKind, Found>;
}
