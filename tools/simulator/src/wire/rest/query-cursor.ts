import { randomInt } from 'node:crypto';
import type { Org } from '../../org/org.ts';
import type { Snapshot } from '../../org/table-view.ts';
import { apiError } from '../http/api-error.ts';
import type { RestRecord } from '../soql/row-shape.ts';

/** A result set larger than a page, kept for its further pages. */
export interface QueryCursor {
  readonly id: string;
  readonly userId: string;
  readonly pageSize: number;
  /** Ordinals in the order of the answer. */
  readonly rows: Uint32Array;
  readonly render: (ordinal: number) => RestRecord;
  readonly snapshot: Snapshot;
  /** Org clock that never goes back, milliseconds. */
  readonly bornAt: number;
}

/** The oldest result set makes room beyond this number, as in a real org. */
const MAX_CURSORS = 50;

/**
 * Open result sets by locator `01g…-<offset>`. Any offset may be read again, so a page whose answer was lost can be
 * fetched once more; the rows are those of the statement, whatever has been written since.
 */
export class QueryCursors {
  private readonly org: Org;
  private readonly cursors = new Map<string, QueryCursor>();
  private opened = randomInt(62 ** 4);

  constructor(org: Org) {
    this.org = org;
  }

  open(cursor: Omit<QueryCursor, 'id' | 'bornAt'>): QueryCursor {
    this.opened += 1;
    const id = `01g5g0${this.opened.toString(36).toUpperCase().padStart(9, '0')}AAA`;
    const kept = { ...cursor, id, bornAt: this.org.clock.elapsed() };
    this.cursors.set(id, kept);
    for (const old of this.cursors.values()) {
      if (this.cursors.size <= MAX_CURSORS && this.isAlive(old)) break;
      this.close(old);
    }
    return kept;
  }

  /** @throws ApiError 400 `INVALID_QUERY_LOCATOR` for one that is unknown, expired or another user's */
  find(locator: string, userId: string): { cursor: QueryCursor; offset: number } {
    const [, id, digits] = /^(01g\w{15})-(\d{1,9})$/u.exec(locator) ?? [];
    const cursor = this.cursors.get(id ?? '');
    const offset = Number(digits);
    const isGood =
      cursor !== undefined && cursor.userId === userId && offset < cursor.rows.length && this.isAlive(cursor);
    if (!isGood) throw apiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    return { cursor, offset };
  }

  closeAll(): void {
    for (const cursor of this.cursors.values()) this.close(cursor);
  }

  private isAlive(cursor: QueryCursor): boolean {
    return this.org.clock.elapsed() - cursor.bornAt < this.org.knobs.queryLocatorLife * 1000;
  }

  private close(cursor: QueryCursor): void {
    this.cursors.delete(cursor.id);
    cursor.snapshot.release();
  }
}
