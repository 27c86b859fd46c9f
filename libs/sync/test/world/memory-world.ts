import {
  decodeVersion,
  isDirty,
  SOURCE_STALENESS_MS,
  type MirroredObjectName,
  type Version,
} from '@umbra/domain';
import { MemoryOrg, misplaced, RecordingLog, smallOrgFieldMap } from '@umbra/testing';
import {
  drainLane,
  LaneNudges,
  LanePump,
  Returning,
  Mirror,
  noteSchema,
  Patience,
  repairObjects,
  runBackfill,
  runSubscriber,
  SchemaBook,
  StaleReadGuard,
  sweepOnce,
  type ApplyDeps,
  type IngestDeps,
  type RepairDeps,
  type StoredReport,
  type SweepOnceDeps,
} from '../../src/index.ts';
import { decoderOf, MemoryBus } from './memory-bus.ts';
import { MemoryComparison } from './memory-comparison.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemoryLog } from './memory-log.ts';
import { MemoryRuns } from './memory-runs.ts';
import { MemoryUpkeep } from './memory-upkeep.ts';
import { Life } from './mortal.ts';
import { OrgWriter } from './org-writer.ts';
import { objectOf, streamed, topicOf } from './streamed-objects.ts';
import { VirtualClock } from './virtual-clock.ts';
import { WorldShadow } from './world-shadow.ts';

interface Worker {
  readonly life: Life;
  readonly stopping: AbortController;
  readonly running: Promise<unknown>;
  readonly apply: ApplyDeps;
  readonly sweep: SweepOnceDeps;
  readonly repair: RepairDeps;
  readonly pump: LanePump;
}

/** Org, bus, store and worker in one process and one thread: what a worker does, without what it does it with. */
export class MemoryWorld {
  /** What the worker streams and reads. */
  readonly objects: readonly MirroredObjectName[];
  readonly clock = new VirtualClock();
  readonly org = new MemoryOrg();
  readonly bus = new MemoryBus(this.clock);
  readonly writer = new OrgWriter(this.org, this.bus, this.clock);
  readonly shadow = new WorldShadow();
  readonly ledger = new MemoryLedger(this.clock);
  readonly log = new MemoryLog(this.clock, this.shadow, this.ledger);
  readonly runs = new MemoryRuns(this.clock);
  readonly upkeep = new MemoryUpkeep(this.clock);
  readonly lines = new RecordingLog();
  readonly stored: StoredReport[] = [];
  readonly states: string[] = [];
  orgMoves = 0;
  /** Lets a test plant a defect. */
  alterApply: (deps: ApplyDeps) => ApplyDeps = (deps) => deps;
  alterIngest: (deps: IngestDeps) => IngestDeps = (deps) => deps;
  decoderOf = decoderOf;
  staleness = SOURCE_STALENESS_MS;
  /** How far the org's answers are behind its commits, in milliseconds. */
  replicaLag = 0;
  requeues = 0;
  timeouts = 0;
  /** Lanes are drained by the sweep alone, as with Redis gone. */
  nudged = true;
  #worker: Worker | undefined;
  #workers = 0;

  constructor(objects: readonly MirroredObjectName[] = ['Product2']) {
    this.objects = objects;
    this.org.replica = (object) =>
      this.replicaLag === 0
        ? this.org.tableOf(object)
        : this.writer.asOf(object, this.clock.now().getTime() - this.replicaLag);
  }

  /** Starts a worker with an empty memory. */
  start(): void {
    const owner = `worker-${String(++this.#workers)}`;
    const { clock, lines } = this;
    const life = new Life();
    const bus = life.bound(this.bus);
    const ledger = life.bound(this.ledger);
    const log = life.bound(this.log);
    const org = life.bound(this.org);
    const runs = life.bound(this.runs);
    const shadow = life.bound(this.shadow);
    const mirror = new Mirror({
      store: shadow,
      cache: { invalidate: () => Promise.resolve(), invalidateAllCatalogs: () => Promise.resolve() },
      rules: { fieldMap: smallOrgFieldMap, defaultCurrency: null },
      log: lines,
      positions: log,
      sourceStalenessMs: this.staleness,
    });
    const schemas = new SchemaBook({
      source: bus,
      createDecoder: (text) => this.decoderOf(text),
      records: org,
      store: shadow,
      clock,
    });
    const changes = { schemas, runs, store: shadow, ledger };
    const apply = this.alterApply({
      mirror,
      changes: log,
      schemas,
      ledger,
      clock,
      returning: new Returning(),
      refresh: () => undefined,
      onSchema: (schemaId, first) => noteSchema(changes, schemaId, first),
    });
    const pump = new LanePump(apply, lines);
    const wake = (lanes: readonly number[]): void => (this.nudged ? pump.wake(lanes) : undefined);
    const nudges = new LaneNudges({ wake, clock, log: lines });
    const ingest = this.alterIngest({
      streams: log,
      source: bus,
      schemas,
      ledger,
      records: org,
      identity: log,
      nudges,
      fingerprint: (schemaId, payload) => new Uint8Array([...Buffer.from(schemaId), 0, ...payload]),
      clock,
      log: lines,
      owner,
      onOrgMoved: () => Promise.resolve(void this.orgMoves++),
      onState: (_topic, state) => this.states.push(state),
      onStored: (report) => this.stored.push(report),
    });
    const guard = new StaleReadGuard({
      changes: log,
      clock,
      onRequeue: (rows) => (this.requeues += rows),
      onTimeout: () => this.timeouts++,
    });
    const backfill = { mirror, runs, bulk: org, records: org, clock, guard, owner };
    const stopping = new AbortController();
    this.#worker = {
      life,
      stopping,
      running: Promise.all(
        this.objects.map((object) =>
          runSubscriber(ingest, { name: topicOf(object), objects: [object] }, stopping.signal),
        ),
      ),
      apply,
      pump,
      sweep: {
        apply,
        decode: { streams: log, schemas, ledger, nudges },
        refresh: { mirror, records: org, dirty: shadow, guard, patience: new Patience(clock), ledger },
        exclusively: (work) => log.alone('sweep', work),
      },
      repair: {
        backfill,
        ledger,
        streams: log,
        comparison: life.bound(new MemoryComparison(this.shadow)),
        upkeep: life.bound(this.upkeep),
        reads: { coveredAt: (object) => this.coveredAt(object) },
      },
    };
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.stopping.abort();
    await this.pass(200);
    if (worker.life.dead) {
      this.#worker = undefined;
      return;
    }
    await worker.running;
    await worker.pump.close();
    this.#worker = undefined;
  }

  /** Ends the worker as kill -9 would, so many calls of its ports from now. */
  killAfter(steps: number, lastHappens: boolean): void {
    this.worker.life.endAfter(steps, lastHappens);
  }

  get killed(): boolean {
    return this.worker.life.dead;
  }

  get worker(): Worker {
    if (this.#worker === undefined) throw new RangeError('no worker runs');
    return this.#worker;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.pass(ms);
    this.org.now = this.clock.now();
  }

  /** One round of the timers that a worker has; trouble of the store is for the next round. */
  async round(): Promise<void> {
    await this.log.samplePositions();
    this.bus.keepAlive();
    await this.pass(200);
    await this.#let(() => sweepOnce(this.worker.sweep));
  }

  async repair(): Promise<void> {
    await this.#let(() => repairObjects(this.worker.repair, new AbortController().signal));
  }

  async backfill(): Promise<void> {
    const running = runBackfill(this.worker.repair.backfill, { objects: this.objects });
    const life = this.worker.life;
    await this.#while(running);
    if (!life.dead) await this.#recordCoverage((await running).run);
  }

  /** What the store writes in the transaction that completes a run. */
  async #recordCoverage(runId: string): Promise<void> {
    for (const object of this.objects) {
      const slices = (await this.runs.slices(runId)).filter((slice) => slice.object === object);
      const begun = slices.map(({ readAt }) => readAt?.getTime() ?? 0);
      const stamps = slices.map(({ stamp }) => stamp ?? '').sort();
      const epoch = decodeVersion((stamps[0] ?? '') as Version).epoch;
      const to = new Date(Math.min(...begun) - this.staleness);
      const interval = { object, facet: 'rows', from: null, to, via: 'backfill', runId } as const;
      await this.ledger.prove({ ...interval, epoch }, []);
    }
  }

  async drain(lane: number): Promise<number> {
    return (await drainLane(this.worker.apply, lane)).applied;
  }

  /** What is late is late by moments; what expires is days old. */
  expire(keep: number): void {
    this.writer.release();
    this.#forget(keep);
  }

  /** The org moves to another instance, and the old one's bus is gone with all that it had and held back. */
  migrate(): void {
    this.writer.migrate();
    this.#forget(0);
  }

  #forget(keep: number): void {
    this.bus.expire(keep);
    this.writer.noteLosses((object) => this.shadow.epochs.get(object) ?? 0);
  }

  /** Until nothing is left to be done, as far as time alone can bring it about. */
  async settle(): Promise<void> {
    for (let round = 0; round < 40; round++) {
      await this.pass(30_000);
      await this.round();
      await this.repair();
      if (round >= 12 && (await this.#isSettled())) return;
    }
    throw new Error(`nothing settles: ${JSON.stringify(await this.pending())}`);
  }

  async pending(): Promise<unknown> {
    return {
      holes: (await this.ledger.openHoles()).map(({ cause, scope }) => `${scope} ${cause}`),
      lanes: (await this.log.laggingLanes()).length,
      dirty: this.shadow.all().filter(({ state }) => isDirty(state)).length,
      undecoded: (await this.log.undecoded(10)).length,
      states: this.states.slice(-5),
    };
  }

  async #isSettled(): Promise<boolean> {
    const holes = await this.ledger.openHoles();
    const lanes = await this.log.laggingLanes();
    return holes.length === 0 && lanes.length === 0 && !this.shadow.all().some(({ state }) => isDirty(state));
  }

  /** Records whose values or existence differ from the org's. */
  differences(): string[] {
    const known = new Map(this.shadow.all().map(({ state }) => [state.recordId, state]));
    const wrong: string[] = [];
    const rows = this.objects.flatMap((object) => [...this.org.tableOf(object)]);
    for (const [id, row] of rows) {
      const state = known.get(id);
      known.delete(id);
      const alive = row['IsDeleted'] !== true;
      if ((state?.alive ?? false) !== alive) wrong.push(`${id} existence`);
      else if (alive) {
        for (const leaf of streamed[objectOf(id)]) {
          if ((state?.leaves[leaf] ?? null) !== (row[leaf] ?? null)) wrong.push(`${id} ${leaf}`);
        }
      }
    }
    for (const { alive, recordId } of known.values()) if (alive) wrong.push(`${recordId} is a ghost`);
    return wrong;
  }

  /** Records that do not live where the rule of placement wants them. */
  async misplaced(): Promise<string[]> {
    const { mirror } = this.worker.apply;
    const records = this.shadow.all();
    for (const { state } of records) await mirror.revisions.load(state.object, [state.schemaRev]);
    return misplaced(
      records,
      (object) => mirror.projector(object),
      (object) => mirror.revisions.of(object),
    );
  }

  async coveredAt(object: MirroredObjectName): Promise<Date | undefined> {
    const oldest = (await this.log.oldestUnapplied()).get(object) ?? null;
    return this.ledger.covered(object, await this.shadow.epoch(object), oldest);
  }

  /**
   * Records that show something older than the ledger claims to know: for every leaf the shown value must be one that
   * the record had at or after the covered instant.
   */
  async overclaims(): Promise<string[]> {
    return (await Promise.all(this.objects.map((object) => this.#overclaimed(object)))).flat();
  }

  async #overclaimed(object: MirroredObjectName): Promise<string[]> {
    const epoch = await this.shadow.epoch(object);
    const covered = await this.coveredAt(object);
    const stream = (await this.log.streams()).find(({ objects }) => objects.includes(object));
    if (covered === undefined || this.writer.isUnknowable(object, stream?.replayId ?? null, epoch)) return [];
    const wrong: string[] = [];
    for (const [id, moments] of this.writer.history) {
      if (objectOf(id) !== object) continue;
      const stored = this.shadow.records.get(id);
      if (stored !== undefined && isDirty(stored.state)) continue;
      if (stored?.home.kind === 'aside' && stored.home.reason === 'image_missing') continue;
      const last = moments.findLastIndex(({ at }) => at <= covered.getTime());
      if (last < 0) continue;
      const possible = moments.slice(last);
      const alive = stored?.state.alive ?? false;
      if (!possible.some((moment) => moment.alive === alive)) wrong.push(`${id} existence`);
      if (!alive || stored === undefined) continue;
      for (const leaf of streamed[object]) {
        const value = stored.state.leaves[leaf] ?? null;
        if (!possible.some(({ leaves }) => (leaves[leaf] ?? null) === value)) wrong.push(`${id} ${leaf}`);
      }
    }
    return wrong;
  }

  async #let(work: () => Promise<unknown>): Promise<void> {
    await this.#while(
      work().catch((error: unknown) => this.lines.debug({ err: error }, 'for the next round')),
    );
  }

  /** Lets time pass while the work sleeps. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    await this.#while(running);
    return running;
  }

  /** Work that sleeps on the world's clock needs somebody to let time pass. */
  async #while(work: Promise<unknown>): Promise<void> {
    const { life } = this.worker;
    let over = false;
    const done = work.finally(() => (over = true));
    done.catch(() => undefined);
    for (let turn = 0; !over && !life.dead && turn < 2_000; turn++)
      await this.pass(turn < 3 ? 0 : turn < 100 ? 100 : 5_000);
    if (over || !life.dead) await done;
  }
}
