/** A row of the fault matrix. */
export interface MatrixRow {
  readonly row: number;
  readonly fault: string;
  /** Files that hold it without a case here: where a property or an integration test says more than a whole world. */
  readonly elsewhere?: readonly string[];
}

const bulkMisfortunes = 'apps/e2e/bulk-misfortunes.e2e.ts';

/** Everything that may break in the mirror and its reads. Numbers are names: they are never given twice. */
export const matrix: readonly MatrixRow[] = [
  { row: 1, fault: 'Stream reset every 1–30 s' },
  { row: 2, fault: 'Half-open stream: no FIN, no data' },
  { row: 3, fault: '2 s latency, 500 ms jitter, 50 KB/s on the stream' },
  { row: 4, fault: 'A whole suffix delivered again under new replay ids' },
  { row: 5, fault: 'Out of order inside a topic' },
  { row: 6, fault: 'Event never published' },
  { row: 7, fault: 'Gap events; merged ids; text diffs' },
  { row: 8, fault: 'Overflow: too many changes in one transaction' },
  { row: 9, fault: 'Wildcard after a type conversion' },
  { row: 10, fault: 'Replay id older than 72 h, or refused' },
  { row: 11, fault: 'One replay id, two events' },
  { row: 12, fault: 'Org migration or sandbox refresh' },
  { row: 13, fault: 'Unknown schema id; undecodable payload' },
  { row: 14, fault: 'Field added, removed, retyped in mid-stream' },
  {
    row: 15,
    fault: 'Null, unchanged, absent; nested children; enriched fields',
    elsewhere: ['libs/salesforce/src/avro/change-decoder.spec.ts'],
  },
  { row: 16, fault: '19-digit commit numbers, many changes in one second' },
  { row: 17, fault: 'Bulk job of hours while the stream runs at full rate' },
  { row: 18, fault: 'Truncated page; awkward CSV', elsewhere: [bulkMisfortunes] },
  {
    row: 19,
    fault: 'Bulk job fails, is aborted, or is gone',
    elsewhere: [bulkMisfortunes],
  },
  { row: 20, fault: 'Locator page fetched twice', elsewhere: [bulkMisfortunes] },
  { row: 21, fault: 'Skewed clocks; commits visible minutes after their stamp' },
  { row: 22, fault: 'Reads from a stale replica' },
  { row: 23, fault: 'Sweep under reduced permission' },
  { row: 24, fault: 'Hard delete, purge, undelete, merge, parent deleted before its prices' },
  { row: 25, fault: 'Token expires in mid-stream and mid-bulk; all revoked' },
  { row: 26, fault: 'Daily budget used up' },
  { row: 27, fault: 'Long calls taken by others' },
  { row: 28, fault: 'Burst of 5xx, HTML bodies, slow recovery' },
  { row: 34, fault: 'SIGKILL at each kill point' },
  { row: 35, fault: 'SIGSTOP, SIGCONT: a zombie owner' },
  { row: 36, fault: 'Event loop blocked' },
  { row: 37, fault: 'SIGTERM under load, rolling restarts' },
  { row: 38, fault: 'Redis killed; restarted empty' },
  { row: 39, fault: 'Redis replica promoted with lost writes' },
  { row: 40, fault: 'Redis full; wrong eviction policy' },
  { row: 41, fault: 'Redis slow, or black-holed' },
  { row: 42, fault: 'PostgreSQL restarted fast, immediate, by kill -9' },
  { row: 43, fault: 'Failover to a standby 2 s behind' },
  { row: 44, fault: 'Pool exhausted; 1 s latency; idle-in-transaction holder' },
  { row: 45, fault: "Disk full; tomorrow's partition missing" },
  { row: 46, fault: 'Deadlocks and serialisation failures' },
  { row: 47, fault: 'Autovacuum starved, bloat' },
  { row: 48, fault: 'Hot record' },
  { row: 49, fault: 'Poison record: merge throws' },
  {
    row: 50,
    fault: 'Clock jump, leap second, DST',
    elsewhere: [
      'libs/store/test/stream-log.int.spec.ts',
      'libs/domain/src/coverage/covered.property.spec.ts',
    ],
  },
  { row: 51, fault: 'Worker reaches Salesforce but not the database' },
  { row: 52, fault: 'Stampede on an expired key' },
  { row: 53, fault: 'Stale cache after a change; a slow fill that lands late' },
  { row: 54, fault: 'Overload: 10 x reads' },
  { row: 55, fault: '1 MB event, 800 fields, lone surrogates, NUL, deep text' },
];
