import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SECURITY_PAGE, securityRows } from './protections/security-page.ts';

/** Rows of the table of kept requirements. */
const rows = securityRows(readFileSync(SECURITY_PAGE, 'utf8'));

describe('docs/security.md', () => {
  it('has a row for each requirement, in order', () => {
    const numbers = rows.map(({ number }) => number);
    const later = [4, 8, 11, 25, 28, 29, 30, 31, 32, 33, 34, 35, 42, 43, 44, 51];
    const due = Array.from({ length: 56 }, (_, at) => at + 1).filter((each) => !later.includes(each));
    expect(numbers).toEqual(due);
  });

  it.each(rows.map((row) => [`sec-${row.number}`, row] as const))('%s names its tests', (_name, row) => {
    expect(row.files.length).toBeGreaterThan(0);
    const mark = new RegExp(`\\bsec-0*${row.number}\\b`);
    for (const file of row.files)
      expect([file, existsSync(file) && mark.test(readFileSync(file, 'utf8'))]).toEqual([file, true]);
  });
});
