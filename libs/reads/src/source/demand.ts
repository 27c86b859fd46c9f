/** How young a reader demands the answer to be. */
export interface Demand {
  /** From `Cache-Control: max-age`; null: as the areas' own bounds say. */
  readonly maxAgeSeconds: number | null;
}

export const anyAge: Demand = { maxAgeSeconds: null };
