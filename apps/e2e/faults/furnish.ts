import type { Arena } from './arena.ts';
import type { Shift } from './trial.ts';

/** Stream first, then the backfill, as `./umbra up` does it: from here on every trial begins with an equal shadow. */
export async function furnish(arena: Arena, shift: Shift): Promise<void> {
  shift.worker = await arena.startQuickWorker();
  shift.through = [];
  const { code, output } = await arena.backfill();
  if (code !== 0) throw new Error(`the backfill ended with ${String(code)}:\n${output}`);
}
