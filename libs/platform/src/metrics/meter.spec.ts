import { describe, expect, it } from '@jest/globals';
import { PrometheusMeter } from './meter.ts';

describe('PrometheusMeter', () => {
  it('renders counters, gauges and histograms with help and the name of the process', async () => {
    const meter = new PrometheusMeter('bff');
    meter.count('bff_reads_total', { area: 'catalog', source: 'cache' }, 2);
    meter.gauge('sf_api_daily_limit', {}, 100_000);
    meter.observe('sf_api_request_seconds', { route: 'query' }, 0.3);
    const { text, contentType } = await meter.render();
    expect(contentType).toContain('text/plain');
    expect(text).toContain('# HELP bff_reads_total ');
    expect(text).toContain('bff_reads_total{area="catalog",source="cache",service="bff"} 2');
    expect(text).toContain('sf_api_daily_limit{service="bff"} 100000');
    expect(text).toMatch(/sf_api_request_seconds_bucket\{le="0\.5",.*\} 1/);
  });

  it('sec-41: ten thousand foreign label values add one series', async () => {
    const meter = new PrometheusMeter('bff');
    for (let i = 0; i < 10_000; i++)
      meter.count('sf_shadow_sync_failures_total', {
        object: `001${String(i).padStart(15, '0')}`,
        stage: 'refresh',
        code: 'STORE_CONFLICT',
      });
    const { text } = await meter.render();
    const series = text.split('\n').filter((line) => line.startsWith('sf_shadow_sync_failures_total{'));
    expect(series).toEqual([
      'sf_shadow_sync_failures_total{object="other",stage="refresh",code="STORE_CONFLICT",service="bff"} 10000',
    ]);
  });

  it('forgets the series of a gauge when told', async () => {
    const meter = new PrometheusMeter('worker');
    meter.gauge('sf_shadow_parked', { object: 'Product2', reason: 'sku_missing' }, 3);
    meter.reset('sf_shadow_parked');
    expect((await meter.render()).text).not.toContain('sku_missing');
  });
});
