import type { SubscriberState } from '@umbra/domain';
import { runSubscriber, type IngestDeps, type Topic } from '@umbra/sync';

/** A subscriber per topic: started together, told to stop together, and what each is doing. */
export class Subscribers {
  readonly #topics: readonly Topic[];
  readonly #states: Map<string, SubscriberState>;
  readonly #ending = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(topics: readonly Topic[]) {
    this.#topics = topics;
    this.#states = new Map(topics.map(({ name }) => [name, 'idle']));
  }

  start(deps: Omit<IngestDeps, 'onState'>): void {
    const { signal } = this.#ending;
    const onState: IngestDeps['onState'] = (topic, state) => {
      this.#states.set(topic, state);
      deps.log.info({ topic, state }, 'subscriber moved');
    };
    this.#running ??= Promise.all(
      this.#topics.map((topic) => runSubscriber({ ...deps, onState }, topic, signal)),
    );
  }

  /** Resolves when every topic has been given up: what was received is stored, and the leases are free. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  get states(): ReadonlyMap<string, SubscriberState> {
    return this.#states;
  }

  /** Every topic is streamed, by this process or by the one that has its lease. */
  get open(): boolean {
    return [...this.#states.values()].every(
      (state) => state === 'streaming' || state === 'waiting-for-lease',
    );
  }

  /** Topics that this process believes to own. */
  get streaming(): readonly string[] {
    return [...this.#states].filter(([, state]) => state === 'streaming').map(([topic]) => topic);
  }
}
