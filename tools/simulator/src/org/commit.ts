import type { SfRecord } from './record.ts';

/** ERASE: a hard delete or an emptied bin. Part of the truth, but Salesforce raises no event for it. */
export type ChangeType = 'CREATE' | 'UPDATE' | 'DELETE' | 'UNDELETE' | 'ERASE';

/** One record's change in one commit: several writes to it have collapsed into the final data. */
export interface Change {
  readonly object: string;
  readonly recordId: string;
  readonly changeType: ChangeType;
  /** From 1 within the commit. */
  readonly sequenceNumber: number;
  /** Set when a delete or an update came about through another record (price of a deleted product). */
  readonly cascaded: boolean;
  /** Earlier values of the fields that changed; null for a record that did not exist before the transaction. */
  readonly before: SfRecord | null;
  /**
   * CREATE, UNDELETE, and the DELETE of a record that the same transaction created: every stored leaf that has a value,
   * what is not named is null. UPDATE and any other DELETE: fields whose value changed, and always LastModifiedDate.
   * ERASE: empty.
   */
  readonly after: SfRecord;
  /** Fields of `after` that became null. */
  readonly nulledFields: readonly string[];
}

export interface Commit {
  /** Dense ordinal in this history, from 1. */
  readonly seq: number;
  /** Rises with holes; 19 digits, or 13 by knob. */
  readonly commitNumber: bigint;
  /** Epoch ms in whole seconds: the org clock when the statement ran. */
  readonly commitTimestamp: number;
  /** Epoch ms by the org clock when it became visible. */
  readonly visibleAt: number;
  readonly transactionKey: string;
  /** 18-character user id. */
  readonly user: string;
  /** `client` of Sforce-Call-Options, else empty. */
  readonly client: string;
  /** `com/salesforce/api/rest/62.0;client=umbra` */
  readonly changeOrigin: string;
  readonly schemaRevision: number;
  readonly changes: readonly Change[];
}
