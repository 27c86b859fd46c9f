import { LANES, mirroredObjectNames, type MirroredObjectName, type RecordLane } from '@umbra/domain';
import { execute, type Connection } from './connection-pool.ts';
import { sql } from './sql.ts';

/**
 * Locks on things that have no row yet: a SKU that nobody holds, a record that is in neither home. All of them end
 * with their transaction.
 *
 * Records are locked by lane, object by object. It is the lane in which their stored changes are applied, so events,
 * pages and refreshes of one record exclude each other. Whoever reads a record in order to change it holds its lane, so
 * two transactions cannot put one new record into both homes. Their number bounds the locks that a page of any size
 * needs; two batches that share a lane wait for each other, no more.
 *
 * SKUs are locked one by one, in the order of their hashes. Above `MAX_SINGLE_SKUS`, and for a whole page, one lock
 * stands for all of them: the server's lock table is finite.
 */
const MAX_SINGLE_SKUS = 1_000;

const someLanes = sql`
  SELECT pg_advisory_xact_lock(hashtext('sf lane ' || object), lane)
  FROM unnest($1::text[], $2::int[]) AS wanted (object, lane)`;

const allLanes = sql`
  SELECT pg_advisory_xact_lock(hashtext('sf lane ' || $1), lane) FROM generate_series(0, $2::int - 1) AS lane`;

/** In the one order that everybody keeps: object by object, parents first, and ascending. */
export async function lockLanes(connection: Connection, lanes: readonly RecordLane[]): Promise<void> {
  if (lanes.length === 0) return;
  const place = ({ object, lane }: RecordLane): number => mirroredObjectNames.indexOf(object) * LANES + lane;
  const ordered = lanes.toSorted((a, b) => place(a) - place(b));
  await execute(connection, someLanes, [
    ordered.map(({ object }) => object),
    ordered.map(({ lane }) => lane),
  ]);
}

/** Every record of the object, known or yet to come. */
export async function lockAllRecords(connection: Connection, object: MirroredObjectName): Promise<void> {
  await execute(connection, allLanes, [object, LANES]);
}

export async function lockSkus(connection: Connection, skus: readonly string[]): Promise<void> {
  if (skus.length === 0) return;
  if (skus.length > MAX_SINGLE_SKUS) return lockAllSkus(connection);
  await execute(connection, sql`SELECT pg_advisory_xact_lock_shared(hashtext('sf all skus'), 0)`);
  await execute(
    connection,
    sql`SELECT pg_advisory_xact_lock(hashtext('sf sku'), wanted.hash)
        FROM (SELECT DISTINCT hashtext(sku) AS hash FROM unnest($1::text[]) AS sku ORDER BY 1) AS wanted`,
    [skus],
  );
}

export async function lockAllSkus(connection: Connection): Promise<void> {
  await execute(connection, sql`SELECT pg_advisory_xact_lock(hashtext('sf all skus'), 0)`);
}
