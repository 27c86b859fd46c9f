/** A text that somebody else may read, or that one must never find there; by its name. */
export type Named = Readonly<Record<string, string>>;

/** Was a secret told? @param texts what programs printed and left behind @returns where which secret stands */
export function told(texts: Named, secrets: Named): string[] {
  return Object.entries(texts).flatMap(([where, text]) =>
    Object.entries(secrets)
      .filter(([, secret]) => secret !== '' && text.includes(secret))
      .map(([what]) => `${what} stands in ${where}`),
  );
}
