/**
 * Characters that JSON leaves as they are and that terminals or log readers act upon: DEL and the C1 controls (some
 * terminals take U+009B for an escape sequence), the line separators U+2028 and U+2029, and the marks that turn the
 * direction of text.
 */

const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line of JSON with those characters escaped. They can only stand inside strings, so the value is the same. */
export function escapeLine(json: string): string {
  return json.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
