import type { Clock, SubscriberState } from '@umbra/domain';
import { runSubscriber, type IngestDeps, type Topic } from '@umbra/sync';

/**
 * A refusal (position, topic, token) comes at once, but the first message of a quiet topic only with its first keep-alive,
 * after minutes: a subscription that has lasted so long without a refusal is an open one. Milliseconds.
 */
const ACCEPTED_AFTER_MS = 2_000;

interface Doing {
  readonly state: SubscriberState;
  /** Monotonic. */
  readonly since: number;
}

/** A subscriber per topic: started together, told to stop together, and what each is doing. */
export class Subscribers {
  readonly #topics: readonly Topic[];
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #doing: Map<string, Doing>;
  readonly #ending = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(topics: readonly Topic[], clock: Pick<Clock, 'monotonic'>) {
    this.#topics = topics;
    this.#clock = clock;
    this.#doing = new Map(topics.map(({ name }) => [name, { state: 'idle', since: clock.monotonic() }]));
  }

  start(deps: Omit<IngestDeps, 'onState'>): void {
    const { signal } = this.#ending;
    const onState: IngestDeps['onState'] = (topic, state) => {
      this.#doing.set(topic, { state, since: this.#clock.monotonic() });
      deps.log.info({ topic, state }, 'subscriber moved');
    };
    // One for all: what a topic has learnt of the org serves the others.
    const shared = { ...deps, onState };
    this.#running ??= Promise.all(this.#topics.map((topic) => runSubscriber(shared, topic, signal)));
  }

  /** Resolves when every topic has been given up: what was received is stored, and the leases are free. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  /** Every topic is streamed, by this process or by the one that has its lease. */
  get open(): boolean {
    return [...this.#doing.values()].every(({ since, state }) => {
      if (state === 'connecting') return this.#clock.monotonic() - since >= ACCEPTED_AFTER_MS;
      return state === 'streaming' || state === 'waiting-for-lease';
    });
  }

  /** Topics that this process believes to own. */
  get streaming(): readonly string[] {
    return [...this.#doing].filter(([, { state }]) => state === 'streaming').map(([topic]) => topic);
  }
}
