import type { BackfillSlice, Clock, MirroredObjectName, RecordSource } from '@umbra/domain';
import type { BackfillProgress, OnProgress } from './backfill-deps.ts';
import type { SliceEvents } from './run-slice.ts';

/** Adds up what the slices of one object report, for whoever watches. */
export class ObjectProgress {
  readonly #object: MirroredObjectName;
  readonly #clock: Clock;
  readonly #records: RecordSource;
  readonly #report: OnProgress;
  readonly #promised = new Map<number, number | null>();
  #landed = 0;
  #parked = 0;
  /** Rows that an earlier process had landed: no part of this one's speed. */
  #before = 0;
  #startedAt: number | undefined;

  constructor(
    object: MirroredObjectName,
    clock: Clock,
    records: RecordSource,
    report: OnProgress,
    slices: readonly BackfillSlice[],
  ) {
    this.#object = object;
    this.#clock = clock;
    this.#records = records;
    this.#report = report;
    for (const slice of slices) {
      this.#promised.set(slice.slice, slice.promised);
      this.#landed += slice.landedRows + slice.parkedRows;
      this.#parked += slice.parkedRows;
    }
    this.#before = this.#landed;
  }

  events(slice: number): SliceEvents {
    return {
      waiting: () => {
        this.#tell('waiting');
      },
      promised: (rows) => {
        this.#promised.set(slice, rows);
        this.#startedAt ??= this.#clock.monotonic();
        this.#tell('landing');
      },
      landed: (rows, parked) => {
        this.#landed += rows;
        this.#parked += parked;
        this.#tell('landing');
      },
    };
  }

  complete(): void {
    this.#tell('complete');
  }

  #tell(phase: BackfillProgress['phase']): void {
    const jobs = [...this.#promised.values()];
    const promised = jobs.some((rows) => rows === null)
      ? null
      : jobs.reduce<number>((sum, rows) => sum + (rows ?? 0), 0);
    const seconds = this.#startedAt === undefined ? 0 : (this.#clock.monotonic() - this.#startedAt) / 1000;
    const rowsPerSecond = seconds > 0 ? (this.#landed - this.#before) / seconds : 0;
    const left = promised === null ? null : Math.max(0, promised - this.#landed);
    this.#report({
      object: this.#object,
      phase,
      rowsLanded: this.#landed,
      promised,
      parked: this.#parked,
      rowsPerSecond,
      calls: this.#records.callsMade(),
      etaSeconds: left === null || rowsPerSecond === 0 ? null : left / rowsPerSecond,
    });
  }
}
