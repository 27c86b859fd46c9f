import type { Scope } from './api-keys.ts';

/** Who is calling, as far as the product cares. */
export interface Caller {
  readonly scopes: readonly Scope[];
  /** Tells callers apart, in logs and for limits; never a name or an address of a person. */
  readonly label: string;
}

/** Those who may call: a file of API keys, or the issuer of tokens. */
export interface Callers {
  /**
   * @param bearer what the request carries as Authorization: Bearer
   * @returns undefined when nobody is known by it
   * @throws UmbraError INPUT_ISSUER_UNAVAILABLE when that cannot be told now
   */
  find(bearer: string): Caller | undefined | Promise<Caller | undefined>;
}
