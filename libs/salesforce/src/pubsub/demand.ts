/** Salesforce counts more outstanding events than this as this. Source: Pub/Sub API guide, "Allocations". */
export const MAX_OUTSTANDING = 100;

/** What may be received and not yet stored; beyond it nothing more is asked for. */
export interface DemandLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

export const defaultLimits: DemandLimits = { maxEvents: 1000, maxBytes: 3 * 1024 * 1024 };

/**
 * How much a stream has asked for, and how much it holds. The server's own count is believed, since it knows what it
 * has sent; ours only bridges the time until its next answer.
 *
 * More is asked for before the demand reaches zero, or the stream would stand still for a round trip after each hundred
 * events. Asking acknowledges nothing: only the stored position does.
 */
export class Demand {
  readonly #limits: DemandLimits;
  #outstanding = 0;
  #heldEvents = 0;
  #heldBytes = 0;

  constructor(limits: DemandLimits) {
    this.#limits = limits;
  }

  get held(): number {
    return this.#heldEvents;
  }

  /** @param pending the server's `pending_num_requested`; requests that are under way come on top */
  received(events: number, bytes: number, pending: number, underWay: number): void {
    this.#heldEvents += events;
    this.#heldBytes += bytes;
    this.#outstanding = pending + underWay;
  }

  settled(events: number, bytes: number): void {
    this.#heldEvents -= events;
    this.#heldBytes -= bytes;
  }

  /** How many events to ask for now; 0 while enough is outstanding, or too much is held. */
  ask(): number {
    const room = Math.min(MAX_OUTSTANDING, this.#limits.maxEvents - this.#heldEvents);
    const more = room - this.#outstanding;
    if (more <= 0 || this.#heldBytes >= this.#limits.maxBytes) return 0;
    // A quarter at a time: fewer, larger requests cost less and still never let the demand run dry.
    if (this.#outstanding > 0 && more < MAX_OUTSTANDING / 4) return 0;
    this.#outstanding += more;
    return more;
  }
}
