/**
 * Rows as people write them: `1-3,34`.
 * @returns undefined when the text is none
 */
export function rowsOf(text: string): ReadonlySet<number> | undefined {
  const rows = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim()) ?? [];
    if (first === undefined) return undefined;
    for (let row = Number(first); row <= Number(last ?? first); row++) rows.add(row);
  }
  return rows;
}
