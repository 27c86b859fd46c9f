import { recentIdentityOf } from './epoch.ts';
import type { IngestDeps } from './ingest-deps.ts';

/** Whether the org behind a topic is still the one whose numbers its position counts. */
export class OrgCheck {
  readonly #deps: IngestDeps;
  readonly #topic: string;
  readonly #everyMs: number;
  #provenAt = -Infinity;

  constructor(deps: IngestDeps, topic: string, everyMs: number) {
    this.#deps = deps;
    this.#topic = topic;
    this.#everyMs = everyMs;
  }

  /**
   * Asking costs a call, so an org that was proven the same less than `everyMs` ago is taken for it. One that is another is
   * asked for again each time until it is accepted: the new numbering that it needs may fail to begin.
   * @throws UmbraError SF_*, STORE_*
   */
  async isSame(): Promise<boolean> {
    const { clock, identity } = this.#deps;
    const now = clock.monotonic();
    if (now - this.#provenAt < this.#everyMs) return true;
    const known = await identity.known(this.#topic);
    const present = await recentIdentityOf(this.#deps, this.#everyMs / 2);
    if (known === undefined) await identity.remember(this.#topic, present);
    const same = known === undefined || known === present;
    if (same) this.#provenAt = now;
    return same;
  }

  /** A numbering has begun with the present org. */
  accepted(): void {
    this.#provenAt = this.#deps.clock.monotonic();
  }
}
