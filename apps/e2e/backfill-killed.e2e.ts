import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { withWorld } from './harness/world.ts';

/** Where in its course each kill strikes, as a share of an undisturbed run; drawn anew each time, and printed. */
const moments = Array.from({ length: 5 }, () => Math.random());

const everything =
  'truncate sf_product_shadow, sf_pricebook_shadow, sf_account_eligibility_shadow, sf_shadow_aside, sf_backfill_run, sf_coverage cascade';

describe(`a backfill that is killed (at ${moments.map((moment) => moment.toFixed(3)).join(', ')})`, () => {
  it(
    'goes on with --resume and ends equal to Salesforce',
    () =>
      withWorld(async (world) => {
        // Many small and slow result sets, so that kills strike between and within them.
        await world.org.knobs({ maxResultRows: 10 });
        await world.org.fault({ match: { path: '/results' }, latencyMs: 25 });
        const started = performance.now();
        expect(await world.backfill()).toMatchObject({ code: 0 });
        const whole = performance.now() - started;

        for (const moment of moments) {
          await world.database.rows(everything);
          const child = world.startBackfill();
          await Promise.race([after(moment * whole), child.exited()]);
          await child.stop('SIGKILL');
          const unfinished = await world.database.rows(
            "select 1 from sf_backfill_run where state = 'running'",
          );
          expect(await world.backfill(unfinished.length > 0 ? ['--resume'] : [])).toMatchObject({ code: 0 });
          expect(await differences(world.database, world.org)).toEqual([]);
        }
      }),
    240_000,
  );
});
