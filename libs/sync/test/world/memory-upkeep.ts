import type { Clock, JsonValue, UpkeepReport, UpkeepRun, UpkeepRuns } from '@umbra/domain';

interface Kept {
  readonly id: string;
  readonly kind: UpkeepReport['kind'];
  readonly subject: string;
  readonly startedAt: Date;
  finishedAt: Date | null;
  owner: string | null;
  /** End of the lease, monotonic. */
  until: number;
  progress: JsonValue;
  report: JsonValue;
}

/** Runs of upkeep in memory, with leases by the world's clock. */
export class MemoryUpkeep implements UpkeepRuns {
  readonly #clock: Clock;
  readonly kept: Kept[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(
    kind: Kept['kind'],
    subject: string,
    { owner, seconds }: { readonly owner: string; readonly seconds: number },
  ): Promise<UpkeepRun | undefined> {
    let run = this.kept.find(
      (one) => one.kind === kind && one.subject === subject && one.finishedAt === null,
    );
    if (run === undefined) {
      const id = `upkeep-${String(this.kept.length + 1)}`;
      run = {
        id,
        kind,
        subject,
        startedAt: this.#clock.now(),
        finishedAt: null,
        owner: null,
        until: 0,
        progress: null,
        report: null,
      };
      this.kept.push(run);
    }
    const isHeld = run.owner !== null && run.owner !== owner && run.until > this.#clock.monotonic();
    if (isHeld) return Promise.resolve(undefined);
    run.owner = owner;
    run.until = this.#clock.monotonic() + seconds * 1000;
    return Promise.resolve({ id: run.id, startedAt: run.startedAt, progress: run.progress });
  }

  renew(id: string, owner: string, seconds: number): Promise<boolean> {
    const run = this.#of(id);
    if (run.owner === owner) run.until = this.#clock.monotonic() + seconds * 1000;
    return Promise.resolve(run.owner === owner);
  }

  release(id: string): Promise<void> {
    this.#of(id).owner = null;
    return Promise.resolve();
  }

  save(id: string, _owner: string, progress: JsonValue): Promise<void> {
    this.#of(id).progress = progress;
    return Promise.resolve();
  }

  finish(id: string, _owner: string, report: JsonValue): Promise<string> {
    Object.assign(this.#of(id), { finishedAt: this.#clock.now(), report });
    return Promise.resolve('hash');
  }

  latest(): Promise<readonly UpkeepReport[]> {
    return Promise.resolve(
      this.kept.flatMap(({ finishedAt, owner: _owner, progress: _progress, until: _until, ...run }) =>
        finishedAt === null ? [] : [{ ...run, finishedAt, hash: 'hash' }],
      ),
    );
  }

  #of(id: string): Kept {
    const run = this.kept.find((one) => one.id === id);
    if (run === undefined) throw new RangeError('no such run');
    return run;
  }
}
