import type { Clock, JsonValue, UpkeepReport, UpkeepRun, UpkeepRuns } from '@umbra/domain';

interface Kept {
  readonly id: string;
  readonly kind: UpkeepReport['kind'];
  readonly subject: string;
  readonly startedAt: Date;
  finishedAt: Date | null;
  owner: string | null;
  progress: JsonValue;
  report: JsonValue;
}

/** Runs of upkeep in memory; a lease ends with its owner's release. */
export class MemoryUpkeep implements UpkeepRuns {
  readonly #clock: Clock;
  readonly kept: Kept[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(
    kind: Kept['kind'],
    subject: string,
    { owner }: { readonly owner: string },
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
        progress: null,
        report: null,
      };
      this.kept.push(run);
    }
    if (run.owner !== null && run.owner !== owner) return Promise.resolve(undefined);
    run.owner = owner;
    return Promise.resolve({ id: run.id, startedAt: run.startedAt, progress: run.progress });
  }

  renew(): Promise<boolean> {
    return Promise.resolve(true);
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
      this.kept.flatMap(({ finishedAt, owner: _owner, progress: _progress, ...run }) =>
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
