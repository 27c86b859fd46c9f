/** The package brings no types. */
declare module 'spdx-satisfies' {
  /**
   * Whether a licence expression can be met by these licences.
   * @throws Error when the expression is no SPDX
   */
  export default function satisfies(expression: string, approved: readonly string[]): boolean;
}
