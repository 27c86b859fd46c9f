import { UmbraError, type Condition, type SelectRequest } from '@umbra/domain';

/**
 * Salesforce takes 16,384 bytes of URI and headers together. Headers, mostly the token, may need 4 KB, so a query in a
 * URI gets 12,000 bytes; one with a longer IN list is asked in parts.
 */
const longestEncoded = 12_000;

/**
 * The query text, or the texts of its parts, each short enough to travel in a URI. The parts' answers together are the
 * whole answer in no particular order, so an ordered or limited query is not split.
 * @param text writes the query of a request
 * @throws UmbraError SF_QUERY_REJECTED when it is too long and cannot be split
 */
export function splitSelect(
  request: SelectRequest,
  text: (part: SelectRequest) => string,
): readonly string[] {
  const soql = text(request);
  if (encodeURIComponent(soql).length <= longestEncoded) return [soql];
  const list = longestList(request.where);
  const ordered = (request.orderBy ?? []).length > 0 || request.limit !== undefined;
  if (list === undefined || ordered) {
    const problem = ordered ? 'too long, and ordered or limited' : 'too long for a URI';
    throw new UmbraError('SF_QUERY_REJECTED', `The query cannot be asked: ${problem}`, {
      details: { problem, characters: soql.length },
    });
  }
  const middle = Math.ceil(list.values.length / 2);
  return [list.values.slice(0, middle), list.values.slice(middle)].flatMap((values) =>
    splitSelect(
      {
        ...request,
        where: request.where.map((condition) => (condition === list ? { ...list, values } : condition)),
      },
      text,
    ),
  );
}

type InCondition = Extract<Condition, { op: 'in' }>;

/** The list to halve: the longest one that has two values or more. */
function longestList(where: readonly Condition[]): InCondition | undefined {
  return where
    .filter((condition): condition is InCondition => condition.op === 'in' && condition.values.length > 1)
    .sort((a, b) => b.values.length - a.values.length)[0];
}
