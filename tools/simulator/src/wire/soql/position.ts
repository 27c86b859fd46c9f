/**
 * Salesforce points at the offending word of a statement: up to 20 characters before it and after it on one line, a
 * caret below, then row and column counted from 1. Without the word in the text (end of input) the end is meant.
 */
export function at(text: string, word: string, detail: string): string {
  const found = word === '' ? text.length : wordIndex(text, word);
  const offset = found < 0 ? text.length : found;
  const before = text.slice(0, offset);
  const row = before.split('\n').length;
  const column = offset - (before.lastIndexOf('\n') + 1) + 1;
  const start = Math.max(0, offset - 20);
  const excerpt = text.slice(start, offset + word.length + 20).replaceAll('\n', ' ');
  return `\n${excerpt}\n${' '.repeat(offset - start)}^\nERROR at Row:${row}:Column:${column}\n${detail}`;
}

function wordIndex(text: string, word: string): number {
  const isName = /^[\w.]+$/u.test(word);
  if (!isName) return text.indexOf(word);
  const escaped = word.replaceAll('.', '\\.');
  return new RegExp(`(?<![\\w.])${escaped}(?![\\w.])`, 'iu').exec(text)?.index ?? -1;
}
