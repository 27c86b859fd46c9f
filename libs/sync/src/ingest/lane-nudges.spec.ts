import { describe, expect, it } from '@jest/globals';
import { UmbraError, type JobQueue } from '@umbra/domain';
import { RecordingLog } from '@umbra/testing';
import { VirtualClock } from '../../test/world/virtual-clock.ts';
import { LaneNudges } from './lane-nudges.ts';

function nudging(add: JobQueue['add']) {
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const woken: number[] = [];
  const nudges = new LaneNudges({ queue: { add }, wake: (lanes) => woken.push(...lanes), clock, log });
  return { clock, log, nudges, woken };
}

describe('nudges', () => {
  it('wake this process at once, and post one job for each lane and interval', async () => {
    const jobs: unknown[] = [];
    const { clock, nudges, woken } = nudging((_name, payload, options) => {
      jobs.push([payload, options]);
      return Promise.resolve();
    });
    nudges.nudge([{ lane: 3, upTo: 7n }]);
    nudges.nudge([
      { lane: 3, upTo: 9n },
      { lane: 5, upTo: 8n },
    ]);
    nudges.nudge([{ lane: 3, upTo: 8n }]);
    expect(woken).toEqual([3, 3, 5, 3]);
    await clock.pass(99);
    expect(jobs).toEqual([]);
    await clock.pass(1);
    expect(jobs).toEqual([
      [{ lane: 3, upTo: '9' }, { dedupeKey: '3' }],
      [{ lane: 5, upTo: '8' }, { dedupeKey: '5' }],
    ]);
    nudges.nudge([{ lane: 3, upTo: 10n }]);
    await clock.pass(100);
    expect(jobs).toHaveLength(3);
  });

  it('that Redis does not take are left to the sweeper', async () => {
    const { clock, log, nudges } = nudging(() => Promise.reject(new UmbraError('QUEUE_UNAVAILABLE', 'away')));
    nudges.nudge([{ lane: 3, upTo: 7n }]);
    await clock.pass(100);
    await nudges.settled();
    expect(log.messages('debug')).toEqual(['lanes are left to the sweeper']);
  });
});
