import type { App } from './world.ts';

/** What `/health/queues` tells of calls to Salesforce and of the reads, as far as tests look at it. */
export interface QueueView {
  readonly salesforce: {
    readonly dailyApiUsage: number | null;
    readonly dailyApiLimit: number | null;
    readonly ownDailyCalls: number;
    readonly budgetLeft: number | null;
    readonly exhaustedAt: string | null;
    readonly byClass: Readonly<
      Record<string, { readonly used: number; readonly reserve: number | null; readonly admitted: boolean }>
    >;
    readonly degradation: {
      readonly state: string;
      readonly reason: string | null;
      readonly until: string | null;
    };
    readonly routes: Readonly<Record<string, { readonly success: number; readonly failure: number }>>;
  };
  readonly fleet: { readonly processes: number; readonly routes: QueueView['salesforce']['routes'] } | null;
  readonly reads: {
    readonly rung: string;
    readonly reason: string | null;
    readonly until: string | null;
  } | null;
}

/** Asks a program of the product about its queues, as an operator does. */
export async function queueView(app: App, key: string): Promise<QueueView> {
  const answer = await fetch(`${app.url}/health/queues`, { headers: { authorization: `Bearer ${key}` } });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as QueueView;
}

/** Counted calls of one client of the simulated org. */
export interface ClientCalls {
  readonly calls: number;
  /** For want of an allocation. */
  readonly refused: number;
}

interface Counters {
  readonly calls: readonly {
    readonly route: string;
    readonly client: string | null;
    readonly calls: number;
    readonly refused: number;
  }[];
  readonly dailyUsed: number;
  readonly dailyLimit: number;
}

export async function orgCounters(org: {
  control<T>(method: string, path: string): Promise<T>;
}): Promise<Counters> {
  return org.control<Counters>('GET', '/counters');
}

/** Of the routes that the daily allocation counts. */
export function callsOf({ calls }: Counters, client: string): ClientCalls {
  const own = calls.filter((one) => one.client === client && one.route !== 'token');
  return {
    calls: own.reduce((sum, one) => sum + one.calls, 0),
    refused: own.reduce((sum, one) => sum + one.refused, 0),
  };
}
