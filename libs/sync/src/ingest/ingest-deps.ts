import type {
  ChangeSource,
  Clock,
  CoverageLedger,
  Log,
  MirroredObjectName,
  RecordSource,
  StreamIdentity,
  StreamLog,
  SubscriberState,
} from '@umbra/domain';
import type { Fingerprint } from './decode-events.ts';
import type { LaneNudges } from './lane-nudges.ts';
import type { SchemaBook } from './schema-book.ts';

/** Times of the ingest; milliseconds unless the name says seconds. */
export interface IngestTuning {
  /** After a crash nobody streams the topic for at most so long. */
  readonly leaseSeconds: number;
  readonly renewMs: number;
  /** First and longest pause before a stream is opened again. */
  readonly backOffMs: { readonly first: number; readonly longest: number };
  readonly allocationMs: number;
  /** How long the evidence may stand still before the topic counts as silent. */
  readonly silentAfterMs: number;
  /** Longest time from commit to bus. */
  readonly publishDelayMs: number;
  /** How often holes of a silence are looked at while events flow. */
  readonly coverMs: number;
  /** How often the org is asked who it is, while a stream is open and when one is opened; a refused position asks at once. */
  readonly orgCheckMs: number;
  /** Age of the position that a fall of commit numbers is judged against. */
  readonly regressionSeconds: number;
}

export const ingestTuning: IngestTuning = {
  leaseSeconds: 15,
  renewMs: 5_000,
  backOffMs: { first: 250, longest: 30_000 },
  allocationMs: 15 * 60_000,
  silentAfterMs: 120_000,
  publishDelayMs: 10_000,
  coverMs: 1_000,
  orgCheckMs: 120 * 60_000,
  regressionSeconds: 5 * 60,
};

/** What one stored batch was; the composition root makes metrics and a log line of it. */
export interface StoredReport {
  readonly topic: string;
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly outOfOrder: number;
  readonly undecoded: number;
}

export interface IngestDeps {
  readonly streams: StreamLog;
  readonly source: Pick<ChangeSource, 'open'>;
  readonly schemas: SchemaBook;
  readonly ledger: CoverageLedger;
  readonly records: Pick<RecordSource, 'identity'>;
  readonly identity: StreamIdentity;
  readonly nudges: LaneNudges;
  readonly fingerprint: Fingerprint;
  readonly clock: Clock;
  readonly log: Log;
  /** Unique per process. */
  readonly owner: string;
  /** Our clock's instant by the source's clock; the offset is seen in the `Date` of Salesforce's answers. */
  readonly sourceTime?: (ours: Date) => Date;
  readonly tuning?: Partial<IngestTuning>;
  /** Called when the org behind a topic is another one, behind the holes and before it is remembered; may run again. */
  readonly onOrgMoved?: () => Promise<void>;
  readonly onState?: (topic: string, state: SubscriberState) => void;
  readonly onStored?: (report: StoredReport) => void;
}

export interface Topic {
  /** `/data/Product2ChangeEvent`, or a custom channel. */
  readonly name: string;
  /** Mirrored objects whose changes it carries. */
  readonly objects: readonly MirroredObjectName[];
}
