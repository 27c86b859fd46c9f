import type { Meter } from '@umbra/domain';
import type { JobHandler } from '@umbra/redis';
import { countFailures } from './count-failures.ts';

/**
 * Applies what waits in a lane. `upTo` is only a hint: the stored and the applied position in PostgreSQL decide. The
 * lane goes to the one consumer of this process, which takes it together with others.
 */
export function applyChangesHandler(
  events: () => { drain(lane: number): Promise<void> },
  meter: Meter,
): JobHandler<'apply-changes'> {
  return {
    job: 'apply-changes',
    handle: ({ lane }) =>
      countFailures(meter, { object: 'unknown', stage: 'apply' }, () => events().drain(lane)),
  };
}
