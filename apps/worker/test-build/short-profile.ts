import { UmbraError } from '@umbra/domain';
import { workerTuning, type WorkerTuning } from '../src/tuning.ts';

/** Times at which a fault and its repair fit into a test. */
const short: WorkerTuning = {
  ...workerTuning,
  ingest: {
    leaseSeconds: 2,
    renewMs: 500,
    backOffMs: { first: 50, longest: 1_000 },
    allocationMs: 2_000,
    silentAfterMs: 3_000,
    publishDelayMs: 200,
    regressionSeconds: 1,
  },
  nudgeOwnMs: 0,
  silence: { shortest: 3_000, longest: 3_000 },
  sourceStalenessMs: 1_000,
  guardPatienceMs: 5_000,
  sweepMs: 500,
  sampleMs: 250,
  reconcile: { leaseSeconds: 2 },
  schedulesMs: 1_000,
  repairMs: 500,
  blockedMs: 1_500,
};

/** @throws UmbraError INPUT_CONFIGURATION */
export function profileOf(name: string | undefined): WorkerTuning {
  if (name === undefined) return workerTuning;
  if (name === 'short') return short;
  throw new UmbraError('INPUT_CONFIGURATION', 'Unknown profile', {
    problems: ['UMBRA_TEST_PROFILE can be short, or unset'],
  });
}
