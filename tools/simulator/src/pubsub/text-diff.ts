import { createHash } from 'node:crypto';

/** Texts up to this length travel whole. Source: Change Data Capture Developer Guide, "Large text fields". */
export const DIFF_ABOVE = 1000;

/**
 * A changed text as change events carry large ones: a unified diff without context lines, headed by the SHA-256 of the
 * new value. One hunk from the first to the last differing line.
 * @returns undefined when more than half of the length or a quarter of the lines changed: then the text travels whole
 */
export function textDiff(before: string, after: string): string | undefined {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const removed = old.slice(head, old.length - tail);
  const added = now.slice(head, now.length - tail);
  const changedLength = added.join('\n').length + removed.join('\n').length;
  if (changedLength > after.length / 2 || Math.max(removed.length, added.length) > now.length / 4)
    return undefined;
  const hash = createHash('sha256').update(after).digest('hex');
  // An empty side is named by the line before it.
  const start = (lines: readonly string[]): number => (lines.length === 0 ? head : head + 1);
  const hunk = `@@ -${start(removed)},${removed.length} +${start(added)},${added.length} @@`;
  return ['--- ', `+++ ${hash}`, hunk, ...removed.map((l) => `-${l}`), ...added.map((l) => `+${l}`)].join(
    '\n',
  );
}
