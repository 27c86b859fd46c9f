/**
 * Whether any record could carry this SKU. PostgreSQL stores no NUL, and half a surrogate pair is no character: such a
 * SKU is unknown without asking anybody, rather than an error of whoever is asked.
 */
export function canBeSku(text: string): boolean {
  return text !== '' && text.isWellFormed() && !text.includes(String.fromCharCode(0));
}
