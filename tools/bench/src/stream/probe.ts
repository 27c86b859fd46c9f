import { setTimeout as sleep } from 'node:timers/promises';
import { decodeVersion, type Version } from '@umbra/domain';
import pg from 'pg';
import type { SimulatedOrg } from '../harness/stage.ts';

/** A line of the simulator's record of what it published. */
export interface PublishedEvent {
  readonly n: number;
  readonly replayId: string;
  readonly entity: string;
  readonly recordIds: readonly string[];
  readonly commitNumber: string;
  /** When the commit became visible, epoch milliseconds. */
  readonly at: number;
  readonly bytes: number;
}

/** An event whose row the probe looks for. */
interface Awaited {
  readonly committedAt: number;
  readonly commitNumber: bigint;
}

/** Where records of each object stand, in either home, with the version that they have reached. */
const reached: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['Account', 'sf_account_eligibility_shadow', 'account_id'],
    ['Product2', 'sf_product_shadow', 'product_id'],
    ['PricebookEntry', 'sf_pricebook_shadow', 'pricebook_entry_id'],
  ].map(([object = '', table, key]) => [
    object,
    `select ${key} as id, v_max from ${table} where ${key} = any($1)
     union all select record_id, v_max from sf_shadow_aside where object = '${object}' and record_id = any($1)`,
  ]),
);

const LOOK_MS = 25;
/** Records of an object that are looked at in one look, those awaited longest first: a backlog of thousands, asked for
 * forty times a second, took a seventh of what it was to measure. */
const LOOKED_AT = 100;

/**
 * Looks from outside when changes become visible: it learns from the simulator what was committed when, and asks
 * PostgreSQL, over a connection of its own, until the row has come as far. What it says is late by up to one look, and
 * by more where more than `LOOKED_AT` records of an object are awaited.
 */
export class Probe {
  readonly #client: pg.Client;
  /** By object, then by record. */
  readonly #waiting = new Map<string, Map<string, Awaited[]>>();
  readonly #latencies: number[] = [];
  /** Epoch milliseconds at which the last awaited change was seen. */
  #lastSeenAt = 0;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(databaseUrl: string): Promise<Probe> {
    const client = new pg.Client({ connectionString: databaseUrl, application_name: 'bench-probe' });
    await client.connect();
    return new Probe(client);
  }

  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get lastSeenAt(): number {
    return this.#lastSeenAt;
  }

  /** Milliseconds from commit to visible, of everything seen so far. */
  get latencies(): readonly number[] {
    return this.#latencies;
  }

  expect({ at, commitNumber, entity, recordIds }: PublishedEvent): void {
    const awaited = { committedAt: at, commitNumber: BigInt(commitNumber) };
    const records = this.#waiting.get(entity) ?? new Map<string, Awaited[]>();
    this.#waiting.set(entity, records);
    for (const id of recordIds) records.set(id, [...(records.get(id) ?? []), awaited]);
  }

  async look(): Promise<void> {
    for (const [object, records] of this.#waiting) if (records.size > 0) await this.#lookAt(object, records);
  }

  async #lookAt(object: string, records: Map<string, Awaited[]>): Promise<void> {
    const text = reached[object] ?? '';
    const values = [[...records.keys().take(LOOKED_AT)]];
    const { rows } = await this.#client.query<{ id: string; v_max: Version }>({ name: object, text, values });
    const now = Date.now();
    for (const { id, v_max: version } of rows) {
      const { commitNumber } = decodeVersion(version);
      const left = (records.get(id) ?? []).filter((each) => {
        if (each.commitNumber > commitNumber) return true;
        this.#latencies.push(now - each.committedAt);
        this.#lastSeenAt = now;
        return false;
      });
      if (left.length === 0) records.delete(id);
      else records.set(id, left);
    }
  }

  /** @throws Error when something awaited is not seen in time */
  async untilSeen(withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    while (this.waiting > 0) {
      await this.look();
      if (performance.now() > until)
        throw new Error(`${this.waiting} changes are not visible after ${withinMs / 1000} s`);
      await sleep(LOOK_MS);
    }
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

/** How many events the org has published. */
export async function published(org: SimulatedOrg): Promise<number> {
  return (await org.control<{ events: number }>('GET', '/pubsub/counters')).events;
}

/** Events of the bus from the n-th on, counted from 1. */
export function publishedFrom(org: SimulatedOrg, from: number, limit: number): Promise<PublishedEvent[]> {
  return org.lines<PublishedEvent>(`/pubsub/events?from=${from}&limit=${limit}`);
}
