const ID_15 = /^[a-zA-Z0-9]{15}$/;
const ID_18 = /^[a-zA-Z0-9]{15}[A-Z0-5]{3}$/;
const SUFFIX = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The three characters that make a case-sensitive 15-character id safe where case is lost. */
function checksum(id15: string): string {
  let suffix = '';
  for (let block = 0; block < 3; block++) {
    let bits = 0;
    for (let i = 0; i < 5; i++) {
      const code = id15.charCodeAt(block * 5 + i);
      if (code >= 65 && code <= 90) bits |= 1 << i;
    }
    suffix += SUFFIX.charAt(bits);
  }
  return suffix;
}

/** A record id in its 18-character form, or undefined when the text is no record id (wrong length, alphabet or checksum). */
export function widenRecordId(text: string): string | undefined {
  if (ID_15.test(text)) return text + checksum(text);
  if (!ID_18.test(text)) return undefined;
  const id15 = text.slice(0, 15);
  return checksum(id15) === text.slice(15) ? text : undefined;
}
