/** Values as JSON has them. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Work of the night that may be interrupted and go on: the chain itself, and each comparison of an object. */
export type UpkeepKind = 'nightly' | 'delta' | 'reconcile' | 'reconcile-deep';

export interface UpkeepRun {
  readonly id: string;
  /** Database time. */
  readonly startedAt: Date;
  /** What was saved last; null at the start. */
  readonly progress: JsonValue;
}

/** A run that has ended, with what it found. */
export interface UpkeepReport {
  readonly id: string;
  readonly kind: UpkeepKind;
  /** Object, or `all`. */
  readonly subject: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly report: JsonValue;
  /** SHA-256 of the report's canonical text, in hex: whoever shows the report can be held to it. */
  readonly hash: string;
}

export interface UpkeepRuns {
  /**
   * Takes the unfinished run of this kind and subject, when it began within the last `withinSeconds`; else begins one.
   * @param seconds of the lease, by the database's clock
   * @returns undefined while another owner's lease lives
   */
  take(
    kind: UpkeepKind,
    subject: string,
    options: { readonly owner: string; readonly seconds: number; readonly withinSeconds: number },
  ): Promise<UpkeepRun | undefined>;
  /** Prolongs the lease. @returns false when it was lost: stop working */
  renew(id: string, owner: string, seconds: number): Promise<boolean>;
  /** Lets the next owner begin at once. */
  release(id: string, owner: string): Promise<void>;
  /** @throws UmbraError SYNC_BUSY when the lease is no longer the owner's */
  save(id: string, owner: string, progress: JsonValue): Promise<void>;
  /** Ends the run. @returns the report's hash @throws UmbraError SYNC_BUSY */
  finish(id: string, owner: string, report: JsonValue): Promise<string>;
  /** Newest finished run of each kind and subject. */
  latest(): Promise<readonly UpkeepReport[]>;
}
