import type { MirroredObjectName, RecordSource } from '@umbra/domain';

/** Smallest and largest id of the object now, deleted records included; undefined when it has none. Costs two calls. */
export async function idExtremes(
  records: RecordSource,
  object: MirroredObjectName,
): Promise<{ readonly first: string; readonly last: string } | undefined> {
  const end = async (direction: 'asc' | 'desc'): Promise<string | undefined> => {
    const orderBy = [{ field: 'Id', direction }];
    const { rows } = await records.select(
      { object, fields: ['Id'], where: [], orderBy, limit: 1, all: true },
      'backfill',
    );
    const id = rows[0]?.['Id'];
    return typeof id === 'string' ? id : undefined;
  };
  const [first, last] = [await end('asc'), await end('desc')];
  return first === undefined || last === undefined ? undefined : { first, last };
}
