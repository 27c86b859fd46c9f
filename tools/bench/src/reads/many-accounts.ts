import { widenRecordId } from '@umbra/domain';
import type pg from 'pg';

/** No simulated org numbers its accounts so high. */
const FIRST = 500_000_000;
/** Prime to any number of accounts here: neighbours in the order of questions are none in the table. */
const STRIDE = 104_729;

/**
 * Writes the eligibility of further accounts into the shadow; the org does not have them. Each is asked for once and is in
 * no cache then: of the accounts of an org a crowd has seen all within seconds, and what is measured is a cache.
 * @returns the id of the account of a number, in no order. Made when it is asked for: a heap of half a million strings would
 *   be collected in the middle of a measurement, on a processor that the others need
 */
export async function plantAccounts(client: pg.Client, count: number): Promise<(number: number) => string> {
  const idOf = (number: number): string => {
    const id = widenRecordId(`001000${FIRST + ((number * STRIDE) % count)}`);
    if (id === undefined) throw new RangeError(`no id of an account: ${number}`);
    return id;
  };
  await client.query(
    `INSERT INTO sf_account_eligibility_shadow
       (account_id, internet_eligibility, eligibility_source, updated_at, raw_payload, v_base, schema_rev, v_read, read_at,
        v_alive, v_max)
     SELECT planted.id, internet_eligibility, eligibility_source, updated_at, '{}', v_base, schema_rev, v_read, read_at,
            v_alive, v_max
     FROM unnest($1::text[]) AS planted (id),
          (SELECT * FROM sf_account_eligibility_shadow WHERE internet_eligibility IS NOT NULL LIMIT 1) AS like_it`,
    [Array.from({ length: count }, (_, number) => idOf(number))],
  );
  await client.query('VACUUM ANALYZE sf_account_eligibility_shadow');
  return idOf;
}
