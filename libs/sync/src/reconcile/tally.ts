import { noDrift, type Drift, type DriftKind } from '@umbra/domain';
import { z } from 'zod';

const EXAMPLES = 20;

const drift = z.object({
  missing: z.int(),
  ghost: z.int(),
  'lost-delete': z.int(),
  'lost-merge': z.int(),
  'lost-undelete': z.int(),
  value: z.int(),
  column: z.int(),
  calculated: z.int(),
});

/** As it is kept with the progress of an interrupted comparison. */
export const tallyShape = z.object({
  compared: z.int(),
  moved: z.int(),
  inFlight: z.int(),
  drift,
  examples: z.array(z.object({ kind: z.string(), recordId: z.string() })),
});

export type TallyFacts = z.infer<typeof tallyShape>;

/** Adds up what a comparison finds. */
export class Tally {
  /** Records compared, by their rows or within a digest. */
  compared = 0;
  /** Rows that Salesforce sent. */
  moved = 0;
  /** Rows that are newer than what is claimed: not yet known, hence no drift. */
  inFlight = 0;
  readonly #drift: Record<DriftKind, number> = noDrift();
  readonly #examples: { readonly kind: string; readonly recordId: string }[] = [];

  static from(facts: TallyFacts): Tally {
    const tally = new Tally();
    tally.compared = facts.compared;
    tally.moved = facts.moved;
    tally.inFlight = facts.inFlight;
    Object.assign(tally.#drift, facts.drift);
    tally.#examples.push(...facts.examples);
    return tally;
  }

  note(kind: DriftKind, recordId: string): void {
    this.#drift[kind]++;
    if (this.#examples.length < EXAMPLES) this.#examples.push({ kind, recordId });
  }

  /** Ghosts are found by the id sweep, which names none. */
  noteGhosts(count: number): void {
    this.#drift.ghost += count;
  }

  get drift(): Drift {
    return this.#drift;
  }

  facts(): TallyFacts {
    const { compared, inFlight, moved } = this;
    return { compared, moved, inFlight, drift: { ...this.#drift }, examples: [...this.#examples] };
  }
}
