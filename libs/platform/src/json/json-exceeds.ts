const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const COLON = 58;

export interface JsonBounds {
  /** Arrays and objects inside one another. */
  readonly depth: number;
  /** Properties of all objects together. */
  readonly keys?: number;
}

/**
 * Which bound a JSON text exceeds, judged in one pass and before it is parsed: brackets become objects that are a
 * hundred times larger than their text. Text that is no JSON is judged by its brackets and colons all the same.
 */
export function jsonExceeds(
  text: string,
  { depth, keys = Infinity }: JsonBounds,
): keyof JsonBounds | undefined {
  let open = 0;
  let named = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at === -1) return undefined;
    } else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      if (++open > depth) return 'depth';
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) open--;
    else if (code === COLON && ++named > keys) return 'keys';
  }
  return undefined;
}

/** Position of the quote that ends the string beginning at `start`; -1 when none does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
