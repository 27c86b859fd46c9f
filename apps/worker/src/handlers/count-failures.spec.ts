import { describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import { PrometheusMeter } from '@umbra/platform';
import { countFailures } from './count-failures.ts';

describe('countFailures', () => {
  it('counts by object, stage and code, and lets the failure through', async () => {
    const meter = new PrometheusMeter('worker');
    const refused = new UmbraError('SF_UNAVAILABLE', 'away');
    await expect(
      countFailures(meter, { object: 'Account', stage: 'refresh' }, () => Promise.reject(refused)),
    ).rejects.toBe(refused);
    await expect(
      countFailures(meter, { object: 'unknown', stage: 'backfill' }, () =>
        Promise.reject(new TypeError('x')),
      ),
    ).rejects.toThrow(TypeError);
    expect(
      await countFailures(meter, { object: 'Account', stage: 'refresh' }, () => Promise.resolve(3)),
    ).toBe(3);
    const series = (await meter.render()).text
      .split('\n')
      .filter((line) => line.startsWith('sf_shadow_sync_failures_total{'));
    expect(series).toEqual([
      'sf_shadow_sync_failures_total{object="Account",stage="refresh",code="SF_UNAVAILABLE",service="worker"} 1',
      'sf_shadow_sync_failures_total{object="unknown",stage="backfill",code="unexpected",service="worker"} 1',
    ]);
  });
});
