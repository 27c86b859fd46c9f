import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { applyEdit, readProtections } from './protection.ts';
import { SECURITY_PAGE, securityRows, withSeenFailing } from './security-page.ts';

const protections = readProtections();
const page = readFileSync(SECURITY_PAGE, 'utf8');

describe('the protections that can be taken out', () => {
  it('still stand where the table says, and make a difference', () => {
    const gone = protections.flatMap(({ requirement, edits }) =>
      edits
        .filter((edit) => {
          const text = existsSync(edit.in) ? readFileSync(edit.in, 'utf8') : '';
          const edited = applyEdit(text, edit);
          return edited === undefined || edited === text;
        })
        .map((edit) => `sec-${requirement}: ${edit.in}: ${edit.old}`),
    );
    expect(gone).toEqual([]);
  });

  it('are those of every requirement, for every test that holds it', () => {
    const held = securityRows(page).flatMap(({ number, files }) => files.map((file) => `${number} ${file}`));
    const tried = new Set(protections.map(({ requirement, test }) => `${requirement} ${test}`));
    expect([...tried].toSorted()).toEqual(held.toSorted());
  });

  it('have a day on which their tests missed them, or none yet', () => {
    const rows = securityRows(page);
    expect(rows.length).toBeGreaterThanOrEqual(40);
    for (const { number, seenFailing } of rows)
      expect([number, seenFailing]).toEqual([number, expect.stringMatching(/^(\d{4}-\d{2}-\d{2}|–)$/)]);
  });
});

describe('the day in the page', () => {
  const row = (number: number, seen: string): string => `| ${number}   | a | b | ${seen}  | \`x.spec.ts\` |`;
  it('is written for the rows that were seen, and no others', () => {
    const before = [row(1, '–'), row(2, '2026-01-01'), 'text'].join('\n');
    const after = withSeenFailing(before, new Set([1]), '2026-02-02');
    expect(securityRows(after).map(({ number, seenFailing }) => [number, seenFailing])).toEqual([
      [1, '2026-02-02'],
      [2, '2026-01-01'],
    ]);
    expect(after).toMatch(/\ntext$/);
  });
});
