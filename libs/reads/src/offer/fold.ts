/** Two texts that people mean to be the same: surrounding blanks, letter case and Unicode composition do not count. */
export function fold(text: string): string {
  // Through upper case, so that ß and ss, or σ and ς, meet.
  return text.normalize('NFC').trim().toUpperCase().toLowerCase();
}
