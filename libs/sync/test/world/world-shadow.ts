import {
  isDirty,
  type DirtyRecord,
  type DirtyRecords,
  type MirroredObjectName,
  type ShadowTransaction,
  type Landing,
  type StagedRow,
  type StageFacts,
} from '@umbra/domain';
import { everyLane } from '../../src/apply/held-locks.ts';
import { MemoryShadow } from '../memory-shadow.ts';

/** The shadow in memory, one transaction after the other, with epochs, pages and the list of dirty records. */
export class WorldShadow extends MemoryShadow implements DirtyRecords {
  readonly epochs = new Map<MirroredObjectName, number>();
  /** Makes the merge of a record fail, as a defect would. */
  refuses: (recordId: string) => boolean = () => false;
  /** Whether the log shows a row to be older than its stamp. */
  isOutdated: (facts: StageFacts, row: StagedRow) => Promise<boolean> = () => Promise.resolve(false);
  /** Up to when the object is proven. */
  provenUpTo: (object: MirroredObjectName) => Promise<string | null> = () => Promise.resolve(null);
  #last: Promise<unknown> = Promise.resolve();

  override epoch(object?: MirroredObjectName): Promise<number> {
    return Promise.resolve(object === undefined ? 0 : (this.epochs.get(object) ?? 0));
  }

  override transaction<T>(work: (tx: ShadowTransaction) => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => super.transaction((tx) => work(this.#withPages(tx))));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  dirtyRecords(object: MirroredObjectName, limit: number): Promise<readonly DirtyRecord[]> {
    const dirty = this.all().filter(({ state }) => state.object === object && isDirty(state));
    return Promise.resolve(
      dirty.slice(0, limit).map(({ state: { gapSince, recordId, vGap } }) => ({
        recordId,
        vGap,
        gapSince: new Date(gapSince ?? 0),
      })),
    );
  }

  /** Every staged row takes the way through the merge. */
  #withPages(tx: ShadowTransaction): ShadowTransaction {
    const staged: StagedRow[] = [];
    return {
      ...tx,
      write: (records) => {
        const refused = records.find(({ state }) => this.refuses(state.recordId));
        if (refused !== undefined) return Promise.reject(new RangeError('the record is refused'));
        return tx.write(records);
      },
      stage: async (_facts, rows) => {
        await tx.lockLanes(everyLane);
        await tx.lockAllSkus();
        for await (const batch of rows) staged.push(...batch);
        return staged.length;
      },
      landStaged: (facts) => this.#land(facts, staged),
    };
  }

  async #land(facts: StageFacts, staged: readonly StagedRow[]): Promise<Landing> {
    const outdated = new Set<string>();
    for (const row of staged) if (await this.isOutdated(facts, row)) outdated.add(row.recordId);
    const left = staged.filter(({ recordId }) => !outdated.has(recordId));
    const since = outdated.size === 0 ? null : await this.provenUpTo(facts.object);
    return { landed: 0, left: oneBatch(left), outdated: { recordIds: [...outdated], since } };
  }
}

async function* oneBatch(rows: readonly StagedRow[]): AsyncGenerator<readonly StagedRow[]> {
  await Promise.resolve();
  yield rows;
}
