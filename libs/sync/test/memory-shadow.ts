import {
  childOf,
  isActiveProduct,
  laneOf,
  mirroredObjectNames,
  mirroredObjects,
  NO_VERSION,
  UmbraError,
  type AsideReason,
  type ColumnValues,
  type MirroredObjectName,
  type ParkedCount,
  type PlacedRecord,
  type RecordRef,
  type ShadowStore,
  type ShadowTransaction,
  type SkuClaimant,
  type StagedRow,
  type StoredRecord,
  type Unlisted,
  type Version,
} from '@umbra/domain';

/**
 * The shadow store in memory, for properties that need thousands of cases. It keeps the constraints of the real
 * tables (unique SKU, prices below a product that is there, no cascade) and, one transaction at a time, needs no locks.
 * The same properties run against PostgreSQL with fewer cases in `apps/worker/test`.
 */
export class MemoryShadow implements ShadowStore {
  readonly records = new Map<string, PlacedRecord>();
  readonly #revisions = new Map<string, ReadonlySet<string>[]>();
  readonly #hashes = new Map<string, string>();
  #readSeq = 0n;
  /** SKU locks that the transaction under way holds. */
  #skus: 'all' | Set<string> = new Set();
  readonly #lanes = new Set<string>();
  transactions = 0;

  async transaction<T>(work: (tx: ShadowTransaction) => Promise<T>): Promise<T> {
    const before = new Map(this.records);
    this.#skus = new Set();
    this.#lanes.clear();
    this.transactions++;
    try {
      return await work(this.#begin());
    } catch (error) {
      this.records.clear();
      for (const [id, record] of before) this.records.set(id, record);
      throw error;
    }
  }

  all(): StoredRecord[] {
    return [...this.records.values()].map(({ state, home }) => ({ state, home }));
  }

  columns(recordId: string): ColumnValues | null {
    const record = this.records.get(recordId);
    return record !== undefined && 'columns' in record ? record.columns : null;
  }

  schemaRevision(object: MirroredObjectName, leaves: readonly string[]): Promise<number> {
    const known = this.#revisions.get(object) ?? [];
    this.#revisions.set(object, known);
    const text = [...leaves].sort().join();
    const found = known.findIndex((set) => [...set].join() === text);
    return Promise.resolve(found >= 0 ? found + 1 : known.push(new Set([...leaves].sort())));
  }

  leavesOf(object: MirroredObjectName, revision: number): Promise<ReadonlySet<string>> {
    const leaves = this.#revisions.get(object)?.[revision - 1];
    return leaves === undefined
      ? Promise.reject(new RangeError('no such revision'))
      : Promise.resolve(leaves);
  }

  nextReadSeq(): Promise<bigint> {
    return Promise.resolve(++this.#readSeq);
  }

  epoch(): Promise<number> {
    return Promise.resolve(0);
  }

  peek(_object: MirroredObjectName, recordIds: readonly string[]): Promise<Map<string, StoredRecord>> {
    return Promise.resolve(this.#known(recordIds));
  }

  livingCount(object: MirroredObjectName): Promise<number> {
    return Promise.resolve(this.all().filter(({ state }) => state.object === object && state.alive).length);
  }

  /** Whether a change at or below the stamp was committed later than this. */
  isYoung: (object: MirroredObjectName, recordId: string, stamp: Version, since: Date) => Promise<boolean> =
    () => Promise.resolve(false);

  async unlisted(
    object: MirroredObjectName,
    ids: AsyncIterable<readonly string[]>,
    {
      most,
      stamp,
      youngSince,
    }: { readonly stamp: Version; readonly youngSince: Date; readonly most: number },
  ): Promise<Unlisted> {
    const listed = new Set<string>();
    for await (const batch of ids) for (const id of batch) listed.add(id);
    const missing = this.all()
      .map(({ state }) => state)
      .filter(
        (state) =>
          state.object === object && state.alive && state.vAlive < stamp && !listed.has(state.recordId),
      );
    const records: { recordId: string; young: boolean }[] = [];
    for (const { recordId } of missing.slice(0, most))
      records.push({ recordId, young: await this.isYoung(object, recordId, stamp, youngSince) });
    return { count: missing.length, records };
  }

  recordIdsAfter(object: MirroredObjectName, after: string, limit: number): Promise<readonly string[]> {
    const ids = this.all()
      .filter(({ state }) => state.object === object && state.recordId > after)
      .map(({ state }) => state.recordId);
    return Promise.resolve(ids.sort().slice(0, limit));
  }

  waiting(
    object: MirroredObjectName,
    reason: AsideReason,
    after: string,
    limit: number,
  ): Promise<readonly string[]> {
    const ids = this.all()
      .filter(({ state, home }) => state.object === object && home.kind === 'aside' && home.reason === reason)
      .map(({ state }) => state.recordId);
    return Promise.resolve(
      ids
        .filter((id) => id > after)
        .sort()
        .slice(0, limit),
    );
  }

  releasable(limit: number): Promise<readonly RecordRef[]> {
    const main = [...this.records.values()].filter(({ home }) => home.kind === 'main');
    const held = new Set(main.map((record) => ('columns' in record ? record.columns['sku'] : undefined)));
    const free = [...this.records.values()].filter((record) => {
      if (!('parentKey' in record)) return false;
      if (record.home.reason === 'sku_taken') return !held.has(record.uniqueKey);
      return record.home.reason === 'product_missing' && this.#inMain(record.parentKey ?? '');
    });
    return Promise.resolve(
      free.slice(0, limit).map(({ state }) => ({ object: state.object, recordId: state.recordId })),
    );
  }

  parkedCounts(): Promise<readonly ParkedCount[]> {
    const counts = new Map<string, ParkedCount>();
    for (const { state, home } of this.records.values()) {
      if (home.kind !== 'aside') continue;
      const key = `${state.object} ${home.reason}`;
      counts.set(key, {
        object: state.object,
        reason: home.reason,
        count: (counts.get(key)?.count ?? 0) + 1,
      });
    }
    return Promise.resolve([...counts.values()]);
  }

  projectionHash(object: MirroredObjectName): Promise<string | null> {
    return Promise.resolve(this.#hashes.get(object) ?? null);
  }

  rememberProjection(object: MirroredObjectName, hash: string): Promise<void> {
    this.#hashes.set(object, hash);
    return Promise.resolve();
  }

  #inMain(recordId: string): boolean {
    return this.records.get(recordId)?.home.kind === 'main';
  }

  #known(recordIds: readonly string[]): Map<string, StoredRecord> {
    const found = new Map<string, StoredRecord>();
    for (const id of recordIds) {
      const record = this.records.get(id);
      if (record !== undefined) found.set(id, { state: record.state, home: record.home });
    }
    return found;
  }

  #begin(): ShadowTransaction {
    return {
      lockLanes: (lanes) => {
        for (const { lane, object } of lanes) this.#lanes.add(`${object} ${String(lane)}`);
        return Promise.resolve();
      },
      lockSkus: (skus) => {
        this.#skus = new Set(skus);
        return Promise.resolve();
      },
      lockAllSkus: () => {
        this.#skus = 'all';
        return Promise.resolve();
      },
      load: (object, recordIds) => {
        const open = recordIds.find((id) => !this.#lanes.has(`${object} ${String(laneOf(object, id))}`));
        return open === undefined
          ? Promise.resolve(this.#known(recordIds))
          : Promise.reject(new UmbraError('STORE_REJECTED', `${open} is loaded without its lane`));
      },
      floorOf: () => NO_VERSION,
      claimants: (skus) => Promise.resolve(this.#claimants(skus)),
      childrenOf: (object, parentIds) => Promise.resolve(this.#children(object, parentIds)),
      presentInMain: (_object, recordIds) =>
        Promise.resolve(new Set(recordIds.filter((id) => this.#inMain(id)))),
      write: (records) => {
        this.#write(records);
        return Promise.resolve();
      },
      stage: () => Promise.reject(new UmbraError('STORE_REJECTED', 'pages need PostgreSQL')),
      landStaged: () =>
        Promise.resolve({ landed: 0, left: noRows(), outdated: { recordIds: [], since: null } }),
    };
  }

  #claimants(skus: readonly string[]): SkuClaimant[] {
    return [...this.records.values()].flatMap((record) => {
      if (record.state.object !== 'Product2') return [];
      const sku = 'columns' in record ? record.columns['sku'] : record.uniqueKey;
      if (typeof sku !== 'string' || !skus.includes(sku)) return [];
      const { recordId, leaves } = record.state;
      return [{ sku, recordId, active: isActiveProduct(leaves), home: record.home }];
    });
  }

  #children(
    object: MirroredObjectName,
    parentIds: readonly string[],
  ): Awaited<ReturnType<ShadowTransaction['childrenOf']>> {
    const child = childOf(object);
    return [...this.records.values()].flatMap((record) => {
      if (record.state.object !== child?.name) return [];
      const column = child.parent?.column ?? '';
      const parentId = 'columns' in record ? record.columns[column] : record.parentKey;
      if (typeof parentId !== 'string' || !parentIds.includes(parentId)) return [];
      return [{ recordId: record.state.recordId, parentId, home: record.home }];
    });
  }

  #write(records: readonly PlacedRecord[]): void {
    for (const record of records) {
      const { recordId } = record.state;
      const before = this.records.get(recordId);
      for (const side of [before, record]) {
        const sku = side === undefined ? null : 'columns' in side ? side.columns['sku'] : side.uniqueKey;
        const moves = before === undefined || JSON.stringify(before.home) !== JSON.stringify(record.home);
        if (typeof sku === 'string' && moves && this.#skus !== 'all' && !this.#skus.has(sku)) {
          throw new UmbraError('STORE_REJECTED', `SKU ${sku} was decided without its lock`);
        }
      }
      this.records.set(recordId, record);
    }
    this.#checkConstraints();
  }

  #checkConstraints(): void {
    const skus = new Set<unknown>();
    for (const object of mirroredObjectNames) {
      const { parent, uniqueColumn } = mirroredObjects[object];
      for (const record of this.records.values()) {
        if (record.state.object !== object || !('columns' in record)) continue;
        if (uniqueColumn !== undefined) {
          if (skus.has(record.columns[uniqueColumn])) throw new UmbraError('STORE_REJECTED', 'duplicate SKU');
          skus.add(record.columns[uniqueColumn]);
        }
        if (parent !== undefined && !this.#inMain(String(record.columns[parent.column]))) {
          throw new UmbraError('STORE_REJECTED', 'a price without its product');
        }
      }
    }
  }
}

async function* noRows(): AsyncGenerator<readonly StagedRow[]> {
  yield [];
}
