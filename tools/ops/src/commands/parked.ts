import { asideReasons, isMirroredObjectName, mirroredObjectNames, UmbraError } from '@umbra/domain';
import { databaseSection, loadEnv, type EnvSource } from '@umbra/platform';
import { openStore, type ParkedRecord } from '@umbra/store';
import { table, type Output } from '../output.ts';

export interface ParkedOptions {
  readonly object?: string;
  readonly reason?: string;
  readonly limit: string;
}

/**
 * Records that wait aside, longest waiting first: ids and reasons, nothing of their content.
 * @throws UmbraError SYNC_UNKNOWN_OBJECT, INPUT_INVALID, STORE_*
 */
export async function runParked(options: ParkedOptions, source: EnvSource, output: Output): Promise<void> {
  const { object, reason } = options;
  const limit = /^[1-9]\d{0,5}$/.test(options.limit) ? Number(options.limit) : undefined;
  if (object !== undefined && !isMirroredObjectName(object))
    throw new UmbraError(
      'SYNC_UNKNOWN_OBJECT',
      `not mirrored: ${object}; mirrored are ${mirroredObjectNames.join(', ')}`,
    );
  const known = asideReasons.find((each) => each === reason);
  const problems = [
    ...(reason !== undefined && known === undefined ? [`--reason takes ${asideReasons.join(', ')}`] : []),
    ...(limit === undefined ? ['--limit takes a whole number from 1 to 999999'] : []),
  ];
  if (limit === undefined || problems.length > 0)
    throw new UmbraError('INPUT_INVALID', 'The command line is not understood', { problems });
  const { env } = loadEnv({ database: databaseSection }, source);
  const store = await openStore({
    databaseUrl: env.database.url.reveal(),
    applicationName: 'umbra-ops',
  });
  try {
    const parked = await store.inspection.listParked({
      ...(object === undefined ? {} : { object }),
      ...(known === undefined ? {} : { reason: known }),
      limit,
    });
    output.answer({ parked }, () => parkedText(parked, limit));
  } finally {
    await store.close();
  }
}

function parkedText(parked: readonly ParkedRecord[], limit: number): string {
  if (parked.length === 0) return 'Nothing waits aside.';
  const rows = parked.map(({ object, recordId, reason, since, sku, parentId }) => [
    object,
    recordId,
    reason,
    since.toISOString(),
    sku ?? '',
    parentId ?? '',
  ]);
  const text = table(['OBJECT', 'ID', 'REASON', 'SINCE', 'SKU', 'PARENT'], rows);
  return parked.length < limit ? text : `${text}\n(the first ${limit}; --limit shows more)`;
}
