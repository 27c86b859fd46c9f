import { UmbraError, type Leaves, type SelectRequest } from '@umbra/domain';

/**
 * An object may have 800 fields, and their names alone can be longer than a URI may be. Such a selection is read in
 * groups of fields, each with `Id` and `SystemModstamp`, and joined by id. A record that changed between two groups
 * would be joined from two states: its stamps differ, and the read is repeated.
 */

/** Bytes of the encoded field list of one group; the rest of a URI's 12,000 belongs to the conditions. */
const longestFieldList = 8000;

const joinFields = ['Id', 'SystemModstamp'] as const;

/** How often a read is repeated when records changed under it. */
const tries = 3;

/** The fields in groups that fit; one group for nearly every object. */
export function fieldGroups(fields: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [[]];
  let length = 0;
  for (const field of fields) {
    const added = encodeURIComponent(`${field},`).length;
    if (length + added > longestFieldList) {
      groups.push([]);
      length = 0;
    }
    groups.at(-1)?.push(field);
    length += added;
  }
  return groups;
}

export interface GroupAnswer {
  readonly rows: readonly Leaves[];
  readonly at: Date;
  readonly calls: number;
}

/**
 * Reads group after group and joins the rows.
 * @param read one selection, `Id` and `SystemModstamp` among its fields
 * @throws UmbraError SF_UNAVAILABLE when records change faster than they can be read, SF_QUERY_REJECTED for a limit
 */
export async function selectInGroups(
  request: SelectRequest,
  groups: readonly (readonly string[])[],
  read: (part: SelectRequest) => Promise<GroupAnswer>,
): Promise<GroupAnswer> {
  if (request.limit !== undefined) {
    const problem = 'too many fields for a limited query';
    throw new UmbraError('SF_QUERY_REJECTED', `The query cannot be asked: ${problem}`, {
      details: { problem },
    });
  }
  let calls = 0;
  for (let attempt = 0; attempt < tries; attempt++) {
    const answers: GroupAnswer[] = [];
    for (const group of groups)
      answers.push(await read({ ...request, fields: [...new Set([...joinFields, ...group])] }));
    calls += answers.reduce((sum, answer) => sum + answer.calls, 0);
    const rows = joined(answers, new Set(request.fields));
    const at = new Date(Math.min(...answers.map((answer) => answer.at.getTime())));
    if (rows !== undefined) return { rows, at, calls };
  }
  throw new UmbraError('SF_UNAVAILABLE', 'The records change faster than their many fields can be read', {
    details: { cause: 'changing records' },
  });
}

/** Undefined when a record is missing from an answer or differs in its stamp. */
function joined(answers: readonly GroupAnswer[], wanted: ReadonlySet<string>): Leaves[] | undefined {
  const [first, ...others] = answers;
  if (first === undefined) return [];
  const byId = others.map(({ rows }) => new Map(rows.map((row) => [row.Id, row])));
  const whole: Leaves[] = [];
  for (const row of first.rows) {
    const parts = [row, ...byId.map((rows) => rows.get(row.Id ?? null))];
    if (!parts.every((part): part is Leaves => part?.SystemModstamp === row.SystemModstamp)) return undefined;
    whole.push(
      Object.fromEntries(
        Object.entries(Object.assign({}, ...parts) as Leaves).filter(([name]) => wanted.has(name)),
      ),
    );
  }
  return others.every(({ rows }) => rows.length === first.rows.length) ? whole : undefined;
}
