import type { Commit } from './commit.ts';
import type { Edit, TransactOptions, TransactResult } from './edit.ts';
import type { FaultTable } from './fault-table.ts';
import type { History } from './history.ts';
import type { Knobs } from './knobs.ts';
import type { Limits } from './limits.ts';
import type { OrgClock } from './org-clock.ts';
import type { Schema } from './schema.ts';
import type { Snapshot } from './table-view.ts';

export type Scale = 'demo' | '100k' | '1m';

export interface OrgOptions {
  readonly scale: Scale;
  readonly seed: number;
  /** Where history is spilled; default a temporary folder removed by `close`. */
  readonly dataDir?: string;
  readonly singleCurrency?: boolean;
  /** Host clock in epoch ms; default Date.now. */
  readonly hostClock?: () => number;
  readonly knobs?: Partial<Knobs>;
  readonly username?: string;
}

/** Who the org is and who calls. Ids have 18 characters. */
export interface OrgIdentity {
  readonly organizationId: string;
  readonly instanceName: string;
  readonly integrationUserId: string;
  readonly username: string;
  readonly defaultCurrency: string;
  readonly isMultiCurrency: boolean;
  readonly standardPricebookId: string;
}

export interface Migration {
  readonly instanceName: string;
  /** A refreshed sandbox is another org with another id; one that only moves keeps its own. */
  readonly newOrganization?: boolean;
}

export interface DeletedRecord {
  readonly id: string;
  /** REST datetime. */
  readonly deletedDate: string;
}

export interface Org {
  readonly scale: Scale;
  readonly seed: number;
  readonly identity: OrgIdentity;
  readonly schema: Schema;
  readonly clock: OrgClock;
  readonly knobs: Knobs;
  readonly limits: Limits;
  readonly faults: FaultTable;
  readonly history: History;

  /** What the integration user's API sees now: read lag, hidden fields and hidden rows apply. */
  read(): Snapshot;
  /** Everything, as it is: the oracle's view. */
  truth(): Snapshot;
  /** Snapshots not yet released: each keeps old states in memory. */
  readonly openSnapshots: number;
  transact(edits: readonly Edit[], options?: TransactOptions): TransactResult;
  /** Called after each commit became visible, in commit order, synchronously. Returns the way to stop it. */
  onCommit(listener: (commit: Commit) => void): () => void;
  /** Ids created or changed with SystemModstamp in [start, end), epoch ms; without those deleted since. */
  getUpdated(object: string, start: number, end: number): string[];
  /** Deleted in [start, end) and still in the bin. */
  getDeleted(object: string, start: number, end: number): DeletedRecord[];
  /** Org time (epoch ms) of the oldest entry that getDeleted can still know: 15 days back. */
  earliestDeletedAvailable(): number;
  /** Changes knobs after checking them all. Throws InvalidKnob naming every problem. */
  setKnobs(patch: Partial<Knobs>): void;
  /** Tokens issued at or before this org time (epoch ms) are void; `revokeTokens()` sets it to now. */
  readonly tokensRevokedAt: number;
  revokeTokens(): void;
  /** A sandbox refresh or a move to another instance: commit numbers start low, tokens die. */
  migrate(to: Migration): void;
  close(): void;
}
