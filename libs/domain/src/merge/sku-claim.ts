/** A record's claim on a unique key. */
export interface Claim {
  /** 18 characters. */
  readonly recordId: string;
  readonly active: boolean;
}

/** Whether `a` comes before `b`: the active before the inactive, then the smaller id in byte order. */
export function comesFirst(a: Claim, b: Claim): boolean {
  return a.active === b.active ? a.recordId < b.recordId : a.active;
}

/**
 * The record that may stand in the shadow table under a key which several claim. A function of the claims alone: an
 * arrival order that decided it would leave two mirrors of one org in different states.
 * @returns its id; undefined when nobody claims the key
 */
export function winnerOf(claims: Iterable<Claim>): string | undefined {
  let winner: Claim | undefined;
  for (const claim of claims) {
    if (winner === undefined || comesFirst(claim, winner)) winner = claim;
  }
  return winner?.recordId;
}
