import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { textDiff } from './text-diff.ts';

const lines = Array.from({ length: 20 }, (_, n) => `line ${n} of a text that goes on and on`);
const text = (of: readonly string[]): string => of.join('\n');
const head = (after: string): string => `--- \n+++ ${createHash('sha256').update(after).digest('hex')}\n`;

describe('diffs of large texts', () => {
  it.each([
    ['a changed line', lines.with(3, 'new'), `@@ -4,1 +4,1 @@\n-${lines[3]}\n+new`],
    ['an added line', lines.toSpliced(3, 0, 'new'), '@@ -3,0 +4,1 @@\n+new'],
    ['a removed line', lines.toSpliced(3, 1), `@@ -4,1 +3,0 @@\n-${lines[3]}`],
  ])('%s', (_name, after, hunk) => {
    expect(textDiff(text(lines), text(after))).toBe(head(text(after)) + hunk);
  });

  it('are not made of a text that changed in more than half of its length or a quarter of its lines', () => {
    expect(textDiff(text(lines), text(lines.with(3, 'x'.repeat(5000))))).toBeUndefined();
    const many = lines.map((line, n) => (n < 6 ? 'x' : line));
    expect(textDiff(text(lines), text(many))).toBeUndefined();
  });
});
