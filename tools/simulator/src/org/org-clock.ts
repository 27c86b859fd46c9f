/** The org's time. Runs with the host clock; may be frozen, advanced, and skewed against it. */
export interface OrgClock {
  /** Epoch ms as the org believes it to be (offset included). */
  now(): number;
  /** Ms since the org opened, advances included and offsets not: never goes back. */
  elapsed(): number;
  advance(ms: number): void;
  /** Skew against the host clock in ms; may be negative. Replaces an earlier offset. */
  setOffset(ms: number): void;
  freeze(): void;
  resume(): void;
  readonly offset: number;
  readonly frozen: boolean;
  /** Called after advance, offset, freeze and resume. */
  onChange(listener: () => void): () => void;
}
