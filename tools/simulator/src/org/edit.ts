import type { Commit } from './commit.ts';
import type { RowError, SfRecord } from './record.ts';

/** One step of a transaction. `object` is a canonical API name; ids may have 15 or 18 characters. */
export type Edit =
  | { readonly op: 'create'; readonly object: string; readonly fields: SfRecord }
  | { readonly op: 'update'; readonly object: string; readonly id: string; readonly fields: SfRecord }
  /** Into the recycle bin. */
  | { readonly op: 'delete'; readonly id: string }
  | { readonly op: 'undelete'; readonly id: string }
  /** Gone at once, without a change event. */
  | { readonly op: 'hardDelete'; readonly id: string }
  /** Empties the recycle bin: of these ids, of this object, or altogether. No change event. */
  | { readonly op: 'purge'; readonly ids?: readonly string[]; readonly object?: string }
  /** Accounts only: losers go to the bin with MasterRecordId, their children move to the winner. */
  | {
      readonly op: 'merge';
      readonly object: string;
      readonly winner: string;
      readonly losers: readonly string[];
      readonly fields?: SfRecord;
    };

export interface EditResult {
  /** 18 characters; null when nothing was identified (a create that failed). */
  readonly id: string | null;
  readonly success: boolean;
  readonly errors: readonly RowError[];
}

export interface TransactOptions {
  /** Id of the acting user; default the integration user. */
  readonly user?: string;
  /** `client` of Sforce-Call-Options. */
  readonly client?: string;
  /** API family for the change origin: `com/salesforce/api/<api>/62.0;client=<client>`. Default `rest`. */
  readonly api?: 'rest' | 'soap' | 'bulkapi' | 'apex';
  readonly apiVersion?: string;
  /** One bad row undoes all: the good ones report ALL_OR_NONE_OPERATION_ROLLED_BACK. Default false. */
  readonly allOrNone?: boolean;
  /** Seconds between the stamp and the commit becoming visible; default the knob `commitDelay`. */
  readonly commitDelay?: number;
}

export interface TransactResult {
  /** One result per edit, in order. */
  readonly results: readonly EditResult[];
  /** The commit; undefined when nothing changed, or when it is still open because of a commit delay. */
  readonly commit: Commit | undefined;
}
