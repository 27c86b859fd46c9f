/** The table of `docs/security.md`: number, requirement, what protects, when its tests were seen failing, test files. */
export const SECURITY_PAGE = 'docs/security.md';

export interface SecurityRow {
  readonly number: number;
  readonly files: readonly string[];
  /** Day on which every one of its tests failed with its protection taken out; `–` before the first time. */
  readonly seenFailing: string;
}

const line = /^(\| (\d+) +\|.*\|) ([^|]+?) +(\| [^|]+ \|)$/gm;

export function securityRows(page: string): SecurityRow[] {
  return [...page.matchAll(line)].map(([, , number, seenFailing = '', tests = '']) => ({
    number: Number(number),
    files: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
    seenFailing,
  }));
}

/** @param day ISO, for the rows in `numbers` */
export function withSeenFailing(page: string, numbers: ReadonlySet<number>, day: string): string {
  return page.replaceAll(line, (row: string, before: string, number: string, _seen: string, after: string) =>
    numbers.has(Number(number)) ? `${before} ${day} ${after}` : row,
  );
}
