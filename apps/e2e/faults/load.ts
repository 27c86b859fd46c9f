import type { SimulatedOrg } from '../harness/simulator.ts';

/** How hard a run presses while it breaks things. */
export interface Pressure {
  readonly name: 'test' | 'torture' | 'nightly';
  readonly changesPerSecond: number;
  /** Characters of the texts of new records, from and to. */
  readonly createSize: readonly [number, number];
}

export const pressures = {
  test: { name: 'test', changesPerSecond: 60, createSize: [10, 200] },
  torture: { name: 'torture', changesPerSecond: 500, createSize: [200, 2_000] },
  nightly: { name: 'nightly', changesPerSecond: 2_000, createSize: [200, 2_000] },
} as const satisfies Record<string, Pressure>;

/** A load that the simulated org makes by itself. */
export interface Load {
  /** Resolves when its time is over. @returns changes made */
  done(): Promise<number>;
  /** Ends it before its time. @returns changes made */
  end(): Promise<number>;
}

interface LoadState {
  readonly running: boolean;
  readonly changes: number;
  readonly failed: number;
  readonly firstFailure: string | null;
}

/** Records that updates choose among: few enough to meet each other often. */
const RECORDS = 150;

export async function startLoad(
  org: SimulatedOrg,
  pressure: Pressure,
  { seconds, seed }: { readonly seconds: number; readonly seed: number },
): Promise<Load> {
  const { changesPerSecond, createSize } = pressure;
  // Mostly updates: what an org of ordinary size does, and the org does not outgrow the comparison.
  const load = { changesPerSecond, createSize, seconds, seed, records: RECORDS, shape: 'update' };
  await org.control('POST', '/load', load);
  const made = (state: LoadState): number => {
    if (state.failed > 0) throw new Error(`the load failed: ${String(state.firstFailure)}`);
    return state.changes;
  };
  return {
    done: async () => {
      for (;;) {
        const state = await org.control<LoadState>('GET', '/load');
        if (!state.running) return made(state);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    end: async () => made(await org.control<LoadState>('DELETE', '/load')),
  };
}
