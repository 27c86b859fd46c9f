import type { TestDatabase } from '@umbra/testing';

/**
 * Resolves as soon as a session of the database waits for a lock, or `work` is over without one.
 * @returns whether one waits
 */
export async function waitsForLock(db: TestDatabase, work: Promise<unknown>): Promise<boolean> {
  let over = false;
  const mark = () => (over = true);
  work.then(mark, mark);
  for (;;) {
    const waiting = await db.rows(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (waiting.length > 0) return true;
    if (over) return false;
  }
}
