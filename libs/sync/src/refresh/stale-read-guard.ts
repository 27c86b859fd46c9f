import type { ChangeLog, Clock, MergeInput } from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';

export interface StaleGuardOptions {
  readonly changes: Pick<ChangeLog, 'modifiedAfter'>;
  readonly clock: Clock;
  /** After so long a row is taken as it is, in milliseconds. */
  readonly patienceMs?: number;
  readonly onRequeue?: (rows: number) => void;
  readonly onTimeout?: () => void;
}

/** Changes made below the application raise gaps without moving a row's modification time: such a row never catches up. */
const PATIENCE_MS = 15 * 60_000;
/** What is remembered of rows that are read again; beyond it the oldest begin their time anew. */
const REMEMBERED = 10_000;

/**
 * Watches the one assumption that nobody can prove from outside: that a read shows every commit below its stamp. A
 * row with an older modification time than some change at or below its stamp came from a replica that had not seen
 * that change. It is read again, never applied and never dropped.
 */
export class StaleReadGuard {
  readonly #options: StaleGuardOptions;
  /** When each record was first found too old, monotonic. */
  readonly #since = new Map<string, number>();

  constructor(options: StaleGuardOptions) {
    this.#options = options;
  }

  /** @param statements rows of one object @returns ids whose rows must not be applied now */
  async toReadAgain(mirror: Mirror, statements: readonly MergeInput[]): Promise<ReadonlySet<string>> {
    const again = new Set<string>();
    const [first] = statements;
    if (first === undefined) return again;
    const known = await mirror.store.peek(
      first.object,
      statements.map(({ recordId }) => recordId),
    );
    for (const statement of statements) {
      const modified = known.get(statement.recordId)?.state.srcModifiedAt ?? null;
      const suspect = statement.modifiedAt !== null && modified !== null && modified > statement.modifiedAt;
      if (suspect && (await this.#isOutdated(statement))) again.add(statement.recordId);
      else this.#since.delete(statement.recordId);
    }
    return again;
  }

  async #isOutdated({ modifiedAt, object, recordId, version }: MergeInput): Promise<boolean> {
    const { changes, clock, onRequeue, onTimeout, patienceMs = PATIENCE_MS } = this.#options;
    if (modifiedAt === null) return false;
    if (!(await changes.modifiedAfter(object, recordId, version, modifiedAt))) return false;
    const now = clock.monotonic();
    const since = this.#since.get(recordId) ?? now;
    if (now - since >= patienceMs) {
      onTimeout?.();
      return false;
    }
    this.#remember(recordId, since);
    onRequeue?.(1);
    return true;
  }

  /** Rows of a page that the store has judged: they are read again by id, and judged here then. */
  requeued(rows: number): void {
    this.#options.onRequeue?.(rows);
  }

  #remember(recordId: string, since: number): void {
    this.#since.set(recordId, since);
    if (this.#since.size <= REMEMBERED) return;
    const [oldest] = this.#since.keys();
    if (oldest !== undefined) this.#since.delete(oldest);
  }
}
