const LENGTH = 15;
const SUFFIX = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

const isUpper = (code: number): boolean => code >= 65 && code <= 90;
const isLetterOrDigit = (code: number): boolean =>
  isUpper(code) || (code >= 97 && code <= 122) || (code >= 48 && code <= 57);

/**
 * A record id in its 18-character form, or undefined when the text is no record id (wrong length, alphabet or
 * checksum). The last three characters make a case-sensitive 15-character id safe where case is lost.
 */
export function widenRecordId(text: string): string | undefined {
  const isWide = text.length === LENGTH + 3;
  if (!isWide && text.length !== LENGTH) return undefined;
  let suffix = isWide ? undefined : '';
  for (let block = 0; block < 3; block++) {
    let bits = 0;
    for (let i = 0; i < 5; i++) {
      const code = text.charCodeAt(block * 5 + i);
      if (!isLetterOrDigit(code)) return undefined;
      if (isUpper(code)) bits |= 1 << i;
    }
    if (suffix !== undefined) suffix += SUFFIX.charAt(bits);
    else if (text.charCodeAt(LENGTH + block) !== SUFFIX.charCodeAt(bits)) return undefined;
  }
  return suffix === undefined ? text : text + suffix;
}
