import type {
  BackfillRun,
  BackfillSlice,
  Clock,
  LandedPage,
  MirroredObjectName,
  RunStore,
} from '@umbra/domain';

/** Backfill runs in memory; one process, so nobody ever competes for a slice. */
export class MemoryRuns implements RunStore {
  readonly #clock: Clock;
  #runs: BackfillRun[] = [];
  #slices: BackfillSlice[] = [];
  readonly #pages = new Map<string, LandedPage[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  createRun: RunStore['createRun'] = ({ objects, since }, slices) => {
    const id = `run-${String(this.#runs.length + 1)}`;
    const run: BackfillRun = {
      id,
      objects,
      since,
      state: 'running',
      startedAt: this.#clock.now(),
      finishedAt: null,
      callsSpent: 0,
    };
    this.#runs.push(run);
    const fresh = {
      run: id,
      state: 'pending',
      jobId: null,
      stamp: null,
      schemaRev: null,
      columns: null,
    } as const;
    const counts = { promised: null, received: 0, landedRows: 0, parkedRows: 0, readAt: null, failures: 0 };
    this.#slices.push(...slices.map((one, slice) => ({ ...fresh, ...counts, ...one, slice })));
    return Promise.resolve(run);
  };

  unfinishedRun(): Promise<BackfillRun | undefined> {
    const open = this.#runs.findLast(({ state }) => state === 'running' || state === 'failed');
    return Promise.resolve(open);
  }

  run(id: string): Promise<BackfillRun | undefined> {
    return Promise.resolve(this.#runs.find((run) => run.id === id));
  }

  recentRuns(limit: number): Promise<readonly BackfillRun[]> {
    return Promise.resolve(this.#runs.toReversed().slice(0, limit));
  }

  slices(run: string): Promise<readonly BackfillSlice[]> {
    return Promise.resolve(this.#slices.filter((slice) => slice.run === run));
  }

  takeSlice(run: string, slice: number): Promise<BackfillSlice | undefined> {
    return Promise.resolve(this.#slices.find((one) => one.run === run && one.slice === slice));
  }

  renewSlice(): Promise<boolean> {
    return Promise.resolve(true);
  }

  releaseSlice(): Promise<void> {
    return Promise.resolve();
  }

  updateSlice: RunStore['updateSlice'] = (run, slice, _owner, change) => {
    this.#slices = this.#slices.map((one) =>
      one.run === run && one.slice === slice ? { ...one, ...change } : one,
    );
    return Promise.resolve();
  };

  splitSlice(): Promise<void> {
    return Promise.reject(new RangeError('nothing is split here'));
  }

  landedPages(run: string, slice: number): Promise<readonly LandedPage[]> {
    return Promise.resolve(this.#pages.get(`${run} ${String(slice)}`) ?? []);
  }

  forgetJob: RunStore['forgetJob'] = async (run, slice, owner) => {
    const failures = ((await this.takeSlice(run, slice))?.failures ?? 0) + 1;
    this.#pages.delete(`${run} ${String(slice)}`);
    await this.updateSlice(run, slice, owner, {
      state: 'pending',
      jobId: null,
      stamp: null,
      received: 0,
      failures,
    });
  };

  pageLanded: RunStore['pageLanded'] = (_tx, run, slice, _owner, page) => {
    const key = `${run} ${String(slice)}`;
    this.#pages.set(key, [...(this.#pages.get(key) ?? []), page]);
    return Promise.resolve(true);
  };

  addCalls(): Promise<void> {
    return Promise.resolve();
  }

  finishRun: RunStore['finishRun'] = (id, state) => {
    this.#runs = this.#runs.map((run) =>
      run.id === id ? { ...run, state, finishedAt: this.#clock.now() } : run,
    );
    return Promise.resolve();
  };

  lastCompleteStart(object: MirroredObjectName): Promise<Date | undefined> {
    const run = this.#runs.findLast((one) => one.state === 'complete' && one.objects.includes(object));
    return Promise.resolve(run?.startedAt);
  }
}
