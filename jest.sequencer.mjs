import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files that take longest, longest first. Begun last, one of them would keep a single core busy while the others
 * have nothing left to do; and a fresh checkout has no times of an earlier run to go by, only sizes.
 */
const longest = [
  'apps/e2e/crash-recovery.e2e.ts',
  'apps/e2e/runbooks.e2e.ts',
  'apps/e2e/bulk-misfortunes.e2e.ts',
  'apps/e2e/backfill-killed.e2e.ts',
  'apps/e2e/bad-input-says-what-to-do.e2e.ts',
  'apps/e2e/nothing-missed.e2e.ts',
  'apps/e2e/reads-keep-their-pace.e2e.ts',
  'apps/e2e/stores-lost.e2e.ts',
  'apps/e2e/stream-misfortunes.e2e.ts',
  'apps/e2e/calls-run-short.e2e.ts',
  'apps/e2e/lost-ground.e2e.ts',
  'apps/e2e/awkward-events.e2e.ts',
  'tools/stack/test/up-down.int.spec.ts',
  'libs/salesforce/test/soak.int.spec.ts',
  'apps/worker/test/killed.int.spec.ts',
  'apps/bff/test/processes.int.spec.ts',
  'libs/sync/test/oracle.spec.ts',
  'apps/bff/test/backfill.int.spec.ts',
  'libs/store/test/landing.int.spec.ts',
  'libs/domain/test/convergence/exhaustive.spec.ts',
  'apps/worker/test/worker.int.spec.ts',
  'tools/stack/test/redis-install.int.spec.ts',
  'tools/stack/test/test-services.int.spec.ts',
].map((file) => join(import.meta.dirname, file));

const gone = longest.filter((file) => !existsSync(file));
if (gone.length > 0) throw new Error(`jest.sequencer.mjs names files that are not there: ${gone.join(', ')}`);

export default class LongestFirst {
  /** The others as jest itself has them when it knows no times: the larger, the longer. */
  sort(tests) {
    const place = ({ path }) => (longest.includes(path) ? longest.indexOf(path) : longest.length);
    const sized = tests.map((test) => ({ test, place: place(test), size: statSync(test.path).size }));
    return sized
      .sort((one, other) => one.place - other.place || other.size - one.size)
      .map(({ test }) => test);
  }

  cacheResults() {}
}
