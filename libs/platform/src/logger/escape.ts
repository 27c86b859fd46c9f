/**
 * Characters that JSON leaves as they are and that terminals or log readers act upon: DEL and the C1 controls (some
 * terminals take U+009B for an escape sequence), the line separators U+2028 and U+2029, and the marks that turn the
 * direction of text.
 */

const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The same, and the controls that JSON would have escaped: line breaks, tab, ESC. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text from elsewhere for a terminal: it stays on its line and cannot steer what is around it. A SKU may hold an
 * escape sequence as well as a log field may.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** One line of JSON with those characters escaped. They can only stand inside strings, so the value is the same. */
export function escapeLine(json: string): string {
  return json.replace(UNSAFE, escaped);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
