import { UmbraError, type Clock, type Log } from '@umbra/domain';
import type { PrometheusMeter, Repeated } from '@umbra/platform';
import type { JobSchedules } from '@umbra/redis';
import type { PubsubSource, Salesforce } from '@umbra/salesforce';
import type { Store } from '@umbra/store';
import type { Topic } from '@umbra/sync';
import { startRecurringTasks } from './recurring-tasks.ts';
import type { Schedule } from './schedules.ts';
import { EventPath } from './stream/event-path.ts';
import { LoopWatch } from './stream/loop-watch.ts';
import { Subscribers } from './stream/subscribers.ts';
import type { WorkerTuning } from './tuning.ts';
import type { WorkerPorts } from './worker-ports.ts';
import type { WritePath } from './write-path.ts';

export interface MirroringOptions {
  readonly path: WritePath;
  readonly ports: WorkerPorts;
  readonly store: Store;
  readonly salesforce: Salesforce;
  readonly source: PubsubSource;
  readonly nightly: Schedule;
  readonly schedules: JobSchedules;
  /** None: switched off. */
  readonly topics: readonly Topic[];
  readonly meter: PrometheusMeter;
  readonly tuning: WorkerTuning;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What moves the mirror without anybody asking: subscribers, lanes, sweep, repairs. Started once the configuration is
 * settled; stopped in the order in which work flows, so that nothing comes in behind what has already closed.
 */
export class Mirroring {
  readonly #options: MirroringOptions;
  readonly #subscribers: Subscribers;
  #events: EventPath | undefined;
  #tasks: readonly Repeated[] = [];
  #loop: LoopWatch | undefined;

  constructor(options: MirroringOptions) {
    this.#options = options;
    this.#subscribers = new Subscribers(options.topics, options.clock);
  }

  /** Projects every record anew where the field map has changed since it was written. */
  reproject(): Promise<void> {
    return this.#options.path.reproject();
  }

  start(): void {
    const { clock, log, tuning } = this.#options;
    this.#events = this.#join();
    this.#subscribers.start(this.#events.ingest);
    this.#tasks = startRecurringTasks({ ...this.#options, events: this.#events });
    const { blockedMs } = tuning;
    this.#loop = new LoopWatch({ blockedMs, confirm: () => this.#confirm(), clock, log });
  }

  async stop(): Promise<void> {
    await Promise.all([this.#subscribers.stop(), this.#loop?.stop()]);
    await Promise.all(this.#tasks.map((task) => task.stop()));
    await this.#events?.close();
  }

  /** Every topic is streamed, here or by another worker. */
  get streamsOpen(): boolean {
    return this.#subscribers.open;
  }

  get loopTrusted(): boolean {
    return this.#loop?.trusted ?? true;
  }

  get events(): EventPath {
    if (this.#events === undefined)
      throw new UmbraError('SYNC_BUSY', 'The worker has not settled its configuration yet');
    return this.#events;
  }

  #join(): EventPath {
    const { clock, log, meter, path, ports, salesforce, source, store, tuning } = this.#options;
    return new EventPath({
      ports,
      source,
      mirror: path.mirror,
      ledger: ports.ledger,
      identity: store.streamIdentity,
      dirty: store.dirtyRecords,
      eventSchemas: store.eventSchemas,
      runs: store.runs,
      records: salesforce.records,
      guard: path.guard,
      sourceTime: (ours) => salesforce.sourceTime(ours),
      onOrgMoved: async () => store.org.remember(await salesforce.records.org()),
      clock,
      log,
      meter,
      owner: path.owner,
      tuning,
    });
  }

  /** The leases that we believe to hold are ours, and the lanes can be looked at. */
  async #confirm(): Promise<boolean> {
    const { path, ports } = this.#options;
    await ports.changes.laggingLanes();
    const streams = await ports.streams.streams();
    return this.#subscribers.streaming.every((topic) =>
      streams.some((one) => one.topic === topic && one.owner === path.owner && one.leaseAlive),
    );
  }
}
