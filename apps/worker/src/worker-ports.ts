import type { BulkSource, ChangeLog, CoverageLedger, JobQueue, ShadowStore, StreamLog } from '@umbra/domain';
import type { AnyJobHandler } from '@umbra/redis';

/** The ports between which the write path can break. */
export interface WorkerPorts {
  readonly streams: StreamLog;
  readonly changes: ChangeLog;
  readonly shadow: ShadowStore;
  readonly queue: JobQueue;
  readonly bulk: BulkSource;
  readonly ledger: CoverageLedger;
}

/** Puts something in between. The product puts nothing there; a test build does. */
export interface Instrument {
  ports(ports: WorkerPorts): WorkerPorts;
  handlers(handlers: readonly AnyJobHandler[]): readonly AnyJobHandler[];
}
