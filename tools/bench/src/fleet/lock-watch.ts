import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const EVERY_MS = 20;

/** Adds up how long sessions of a database wait for locks, by looking fifty times a second. */
export class LockWatch {
  readonly #client: pg.Client;
  readonly #ending = new AbortController();
  readonly #watching: Promise<void>;
  #seconds = 0;

  private constructor(client: pg.Client) {
    this.#client = client;
    this.#watching = this.#watch();
  }

  static async start(databaseUrl: string): Promise<LockWatch> {
    const client = new pg.Client({ connectionString: databaseUrl, application_name: 'bench-locks' });
    await client.connect();
    return new LockWatch(client);
  }

  /** @returns seconds waited, added up over all sessions */
  async stop(): Promise<number> {
    this.#ending.abort();
    await this.#watching;
    await this.#client.end();
    return this.#seconds;
  }

  async #watch(): Promise<void> {
    let last = performance.now();
    while (!this.#ending.signal.aborted) {
      const { rows } = await this.#client.query<{ waiting: number }>(
        "select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
      const now = performance.now();
      this.#seconds += ((rows[0]?.waiting ?? 0) * (now - last)) / 1_000;
      last = now;
      await sleep(EVERY_MS);
    }
  }
}
