import { randomUUID } from 'node:crypto';
import { noDrift, type Drift, type MirroredObjectName } from '@umbra/domain';

/**
 * Damage of the ten kinds that a mirror may take without anybody noticing, planted between a simulated org and the
 * tables of a shadow that nobody is feeding: what the org does is what the stream lost.
 */
export interface PlantedDrift {
  /** Ids of the records that are wrong now, by what was done to them. */
  readonly planted: Readonly<Record<PlantedKind, readonly string[]>>;
  /** What a comparison of every row has to count, no more and no less. */
  readonly drift: Readonly<Record<MirroredObjectName, Drift>>;
}

export const plantedKinds = [
  'lost insert',
  'lost update',
  'stale field',
  'ghost row',
  'lost undelete',
  'wrong price',
  'formula change',
  'missed merge',
  'truncated page',
  'hidden permission',
] as const;
export type PlantedKind = (typeof plantedKinds)[number];

export interface PlantingGround {
  readonly control: <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>;
  readonly rows: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;
}

interface Result {
  readonly results: readonly { readonly success: boolean; readonly id: string | null }[];
}

const AT_ONCE = 200;

/** @param count records of each kind */
export async function plantDrift(ground: PlantingGround, count: number): Promise<PlantedDrift> {
  const next = await accountsOf(ground, count);
  const updated = next(count);
  await transact(
    ground,
    updated.map((id) => ({ op: 'update', object: 'Account', id, fields: { Site: randomUUID() } })),
  );
  const ghosts = next(count);
  await transact(
    ground,
    ghosts.map((id) => ({ op: 'hardDelete', id })),
  );
  const losers = next(count);
  const winners = next(count);
  const merges = losers.map((loser, i) => ({
    op: 'merge',
    object: 'Account',
    winner: winners[i],
    losers: [loser],
  }));
  await transact(ground, merges);
  const renamed = await renamedProducts(ground, count);
  const planted = {
    'lost insert': await create(ground, count),
    'lost update': updated,
    'stale field': await damage(
      ground,
      next(count),
      `raw_payload = jsonb_set(raw_payload, '{Name}', '"stale"')`,
    ),
    'ghost row': ghosts,
    'lost undelete': await undelete(ground, count),
    'wrong price': await wrongPrices(ground, count, renamed.prices),
    'formula change': renamed.prices,
    'missed merge': losers,
    'truncated page': await truncate(ground, count),
    'hidden permission': await damage(ground, next(count), `raw_payload = raw_payload - 'Industry'`),
  };
  return { planted, drift: driftOf(planted, renamed.products) };
}

/** Beside what was planted: a merge stamps its winner, and the products whose prices carry a new name have it too. */
function driftOf(planted: PlantedDrift['planted'], products: number): PlantedDrift['drift'] {
  const of = (...kinds: readonly PlantedKind[]): number =>
    kinds.reduce((sum, kind) => sum + planted[kind].length, 0);
  const inColumn = Math.ceil(of('wrong price') / 2);
  return {
    Product2: { ...noDrift(), value: products },
    PricebookEntry: {
      ...noDrift(),
      column: inColumn,
      value: of('wrong price') - inColumn,
      calculated: of('formula change'),
    },
    Account: {
      ...noDrift(),
      missing: of('lost insert', 'truncated page'),
      ghost: of('ghost row'),
      'lost-merge': of('missed merge'),
      'lost-undelete': of('lost undelete'),
      value: of('lost update', 'stale field', 'hidden permission', 'missed merge'),
    },
  };
}

/** Living accounts in a mixed order, none twice; the last ones by id are left for the page that is cut off. */
async function accountsOf(
  { rows }: PlantingGround,
  count: number,
): Promise<(wanted: number) => readonly string[]> {
  const found = await rows<{ id: string }>(
    `SELECT id FROM (
       SELECT account_id AS id, row_number() OVER (ORDER BY account_id DESC) AS place
       FROM sf_account_eligibility_shadow AS account
       -- Neither parents nor children: who deletes or merges a parent changes its children, too.
       WHERE raw_payload ? 'Industry' AND NOT raw_payload ? 'ParentId' AND NOT EXISTS (
         SELECT FROM sf_account_eligibility_shadow AS child WHERE child.raw_payload ->> 'ParentId' = account.account_id)
     ) AS numbered WHERE place > $1 + 2 ORDER BY md5(id) LIMIT $2`,
    [count, count * 12],
  );
  let taken = 0;
  return (wanted) => {
    const ids = found.slice(taken, taken + wanted).map(({ id }) => id);
    if (ids.length < wanted) throw new RangeError('the org has too few accounts to plant so much');
    taken += wanted;
    return ids;
  };
}

async function transact(ground: PlantingGround, edits: readonly object[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let from = 0; from < edits.length; from += AT_ONCE) {
    const part = edits.slice(from, from + AT_ONCE);
    const { results } = await ground.control<Result>('POST', '/transactions', { edits: part });
    for (const result of results) {
      if (!result.success) throw new Error(`an edit was refused: ${JSON.stringify(result)}`);
      if (result.id !== null) ids.push(result.id);
    }
  }
  return ids;
}

function create(ground: PlantingGround, count: number): Promise<readonly string[]> {
  const fields = (n: number): object => ({ Name: `never heard of ${String(n)}` });
  return transact(
    ground,
    Array.from({ length: count }, (_, n) => ({ op: 'create', object: 'Account', fields: fields(n) })),
  );
}

async function undelete(ground: PlantingGround, count: number): Promise<readonly string[]> {
  const gone = await ground.rows<{ id: string }>(
    `SELECT record_id AS id FROM sf_shadow_aside
     WHERE object = 'Account' AND reason = 'deleted' AND master_id IS NULL
     -- Those that the first read found in the bin: what a sweep found gone is not in it.
     ORDER BY since, record_id LIMIT $1`,
    [count],
  );
  const ids = gone.map(({ id }) => id);
  await transact(
    ground,
    ids.map((id) => ({ op: 'undelete', id })),
  );
  return ids;
}

async function damage(
  { rows }: PlantingGround,
  ids: readonly string[],
  change: string,
): Promise<readonly string[]> {
  await rows(`UPDATE sf_account_eligibility_shadow SET ${change} WHERE account_id = ANY ($1)`, [ids]);
  return ids;
}

/** The first half in the column alone, the others in the stored record as well. */
async function wrongPrices(
  { rows }: PlantingGround,
  count: number,
  others: readonly string[],
): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    `SELECT pricebook_entry_id AS id FROM sf_pricebook_shadow WHERE pricebook_entry_id <> ALL ($2)
     ORDER BY md5(pricebook_entry_id) LIMIT $1`,
    [count, others],
  );
  const ids = found.map(({ id }) => id);
  await rows(
    'UPDATE sf_pricebook_shadow SET unit_price = unit_price + 1 WHERE pricebook_entry_id = ANY ($1)',
    [ids],
  );
  await rows(
    `UPDATE sf_pricebook_shadow SET raw_payload = jsonb_set(raw_payload, '{UnitPrice}', to_jsonb(unit_price::text))
     WHERE pricebook_entry_id = ANY ($1)`,
    [ids.slice(Math.ceil(ids.length / 2))],
  );
  return ids;
}

/**
 * Prices carry the name of their product: it changes with it, without an event and without a stamp of their own. The
 * change of the product itself is one more lost update.
 */
async function renamedProducts(
  ground: PlantingGround,
  count: number,
): Promise<{ readonly products: number; readonly prices: readonly string[] }> {
  const name = randomUUID();
  const found = await ground.rows<{ id: string; prices: string[] }>(
    `SELECT product_id AS id, array_agg(pricebook_entry_id) AS prices FROM sf_pricebook_shadow
     GROUP BY product_id ORDER BY md5(product_id) DESC LIMIT $1`,
    [count],
  );
  await transact(
    ground,
    found.map(({ id }) => ({ op: 'update', object: 'Product2', id, fields: { Name: `renamed ${name}` } })),
  );
  return { products: found.length, prices: found.flatMap(({ prices }) => prices) };
}

async function truncate({ rows }: PlantingGround, count: number): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    `DELETE FROM sf_account_eligibility_shadow WHERE account_id IN (
       SELECT account_id FROM sf_account_eligibility_shadow ORDER BY account_id DESC OFFSET 2 LIMIT $1)
     RETURNING account_id AS id`,
    [count],
  );
  return found.map(({ id }) => id);
}
