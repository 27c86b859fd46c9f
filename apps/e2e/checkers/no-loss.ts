import { createHash } from 'node:crypto';
import type { SimulatedOrg } from '../harness/simulator.ts';

interface Rows {
  rows<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
}

/**
 * Is every event that Salesforce published in the raw log? Compared by the identity of its bytes, whatever became of it
 * afterwards. @returns fingerprints that are missing
 */
export async function missingEvents(database: Rows, org: SimulatedOrg): Promise<string[]> {
  const answer = await fetch(`${org.controlUrl}/pubsub/events`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  const published = lines.map((line) => (JSON.parse(line) as { sha256: string }).sha256);
  const stored = await database.rows<{ schema_id: string; payload: Buffer }>(
    'select schema_id, payload from sf_raw_event',
  );
  const known = new Set(
    stored.map(({ schema_id, payload }) =>
      createHash('sha256').update(schema_id).update(payload).digest('hex'),
    ),
  );
  return published.filter((fingerprint) => !known.has(fingerprint));
}
