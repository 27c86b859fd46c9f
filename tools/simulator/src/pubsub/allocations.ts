import type { OrgClock } from '../org/org-clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Events delivered to each client in the last 24 hours of the org's clock, in hourly buckets. */
export class Allocations {
  readonly #clock: OrgClock;
  readonly #delivered = new Map<string, { at: number; events: number }[]>();

  constructor(clock: OrgClock) {
    this.#clock = clock;
  }

  usedBy(client: string): number {
    const now = this.#clock.elapsed();
    const recent = (this.#delivered.get(client) ?? []).filter(({ at }) => at > now - DAY_MS);
    this.#delivered.set(client, recent);
    return recent.reduce((sum, bucket) => sum + bucket.events, 0);
  }

  spend(client: string, events: number): void {
    const now = this.#clock.elapsed();
    const buckets = this.#delivered.get(client) ?? [];
    this.#delivered.set(client, buckets);
    const last = buckets.at(-1);
    if (last !== undefined && now - last.at < HOUR_MS) last.events += events;
    else buckets.push({ at: now, events });
  }
}
