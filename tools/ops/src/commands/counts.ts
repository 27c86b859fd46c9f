import { mirroredObjectNames } from '@umbra/domain';
import { exitCodes, type EnvSource, type ExitCode } from '@umbra/platform';
import { table, type Output, type Streams } from '../output.ts';
import { withUpkeepParts } from '../upkeep-parts.ts';

interface Count {
  readonly object: string;
  /** Living records, by SOQL. */
  readonly salesforce: number;
  /** Living records, in their table or aside. */
  readonly shadow: number;
}

/**
 * Living records of each object in Salesforce and in the shadow: one call per object. Changes under way make a difference
 * that is gone the next time; one that stays is drift.
 * @returns 65 when they differ
 * @throws UmbraError INPUT_CONFIGURATION, STORE_*, SF_*
 */
export async function runCounts(source: EnvSource, output: Output, streams: Streams): Promise<ExitCode> {
  const counts = await withUpkeepParts(source, streams, async ({ backfill: { mirror, records } }) => {
    const found: Count[] = [];
    for (const object of mirroredObjectNames)
      found.push({
        object,
        salesforce: await records.count(object, [], 'delta'),
        shadow: await mirror.store.livingCount(object),
      });
    return found;
  });
  output.answer({ counts }, () =>
    table(
      ['OBJECT', 'SALESFORCE', 'SHADOW', 'DIFFERENCE'],
      counts.map(({ object, salesforce, shadow }) => [
        object,
        String(salesforce),
        String(shadow),
        String(shadow - salesforce),
      ]),
    ),
  );
  return counts.every(({ salesforce, shadow }) => salesforce === shadow) ? exitCodes.ok : exitCodes.different;
}
