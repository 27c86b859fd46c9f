import { getHeapStatistics } from 'node:v8';

/**
 * The backfill keeps some 50 MB alive, whatever the size of the org, but V8 lets garbage grow to a share of the
 * machine's memory before it collects. With these limits the whole process stays well under 400 MB.
 */
const OLD_SPACE_MB = 256;
const SEMI_SPACE_MB = 16;
/** V8 reports old and young generation together, and rounds. */
const BOUNDED_BYTES = (OLD_SPACE_MB + 4 * SEMI_SPACE_MB) * 1024 * 1024;

/**
 * V8 takes its limits at start only, so a program that was started without them becomes itself again with them: the same
 * pid, terminal and environment. A limit that somebody set by hand is left alone.
 */
export function boundHeap(): void {
  const isSet = process.execArgv.some((word) => word.startsWith('--max-old-space-size'));
  if (isSet || getHeapStatistics().heap_size_limit <= BOUNDED_BYTES) return;
  const limits = [`--max-old-space-size=${OLD_SPACE_MB}`, `--max-semi-space-size=${SEMI_SPACE_MB}`];
  process.execve?.(process.execPath, [
    process.execPath,
    ...process.execArgv,
    ...limits,
    ...process.argv.slice(1),
  ]);
}
