import type { Clock, Log, Meter } from '@umbra/domain';
import type { Allocation, OrgLimits } from '../rest/org-limits.ts';
import type { Governor } from './governor.ts';

export interface AllocationWatchOptions {
  readonly governor: Governor;
  /** Asks `/limits`, which is a call itself. */
  readonly ask: () => Promise<OrgLimits>;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
}

const dayMs = 24 * 3_600_000;
/** Every answer of Salesforce tells the daily budget, so with plenty left nobody needs to ask for long. */
const plentyMs = 3 * 3_600_000;
/** The allocations of the Bulk and Pub/Sub APIs are told by nothing else. */
const longestMs = 6 * 3_600_000;
/** Looking may cost this part of our share. */
const lookingShare = 0.01;
/** Below this part of an allocation people should know. */
const scarce = 0.1;

export type AllocationName = 'bulkQueryJobs' | 'bulkQueryStorageMb' | 'deliveredEvents';

/**
 * Looks at `/limits` when nothing has been heard of the org for too long: seldom while there is plenty, often when the
 * budget runs short, since refused calls bring no answers that would tell. Only after some call has told the allocation,
 * so an org is never asked for its own sake. The daily allocations of the Bulk and Pub/Sub APIs come with it.
 */
export class AllocationWatch {
  readonly #options: AllocationWatchOptions;
  readonly #warned = new Set<AllocationName>();
  readonly #openedAt: number;
  #triedAt = Number.NEGATIVE_INFINITY;
  /** As last seen by this process; null before. */
  seen: Readonly<Record<AllocationName, Allocation | null>> | null = null;

  constructor(options: AllocationWatchOptions) {
    this.#options = options;
    this.#openedAt = options.clock.monotonic();
  }

  /** Never throws: what cannot be asked now is asked next time. */
  async look(): Promise<void> {
    const { ask, clock, governor, log } = this.#options;
    const every = this.#everyMs();
    if (every === null) return;
    const now = clock.monotonic();
    const dueAt =
      governor.age() < every
        ? Math.max(this.#triedAt, this.#openedAt) + Math.max(every, longestMs)
        : this.#triedAt + every;
    if (now < dueAt) return;
    this.#triedAt = now;
    try {
      const { bulkQueryJobs, bulkQueryStorageMb, deliveredEvents } = await ask();
      this.seen = { bulkQueryJobs, bulkQueryStorageMb, deliveredEvents };
      for (const [name, allocation] of Object.entries(this.seen))
        this.#note(name as AllocationName, allocation);
    } catch (error) {
      log.debug({ err: error }, 'allocations not readable');
    }
  }

  #everyMs(): number | null {
    const { view } = this.#options.governor.snapshot();
    if (view === null) return null;
    const left = view.share === 0 ? 0 : view.left / view.share;
    const wanted = left > 0.5 ? plentyMs : left > 0.25 ? 300_000 : 60_000;
    return Math.max(wanted, view.share === 0 ? 300_000 : dayMs / (view.share * lookingShare));
  }

  #note(name: AllocationName, allocation: Allocation | null): void {
    if (allocation === null || allocation.max === 0) return;
    const { log, meter } = this.#options;
    const left = allocation.remaining / allocation.max;
    meter.gauge('sf_api_allocation_left_percent', { allocation: name }, Math.round(left * 1000) / 10);
    if (left > scarce) this.#warned.delete(name);
    else if (!this.#warned.has(name)) {
      this.#warned.add(name);
      log.warn({ allocation: name, remaining: allocation.remaining }, 'allocation of the org runs short');
    }
  }
}
