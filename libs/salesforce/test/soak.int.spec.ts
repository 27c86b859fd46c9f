import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openForTest, type TestSalesforce } from './open-for-test.ts';
import { SimulatorProcess } from './simulator.ts';
import { soak, type Held } from './soak.ts';

let simulator: SimulatorProcess;
let salesforce: TestSalesforce;
beforeAll(async () => {
  simulator = await SimulatorProcess.start('--scale', 'demo');
  await simulator.control('PATCH', '/pubsub/knobs', { keepAliveEvery: 0.2 });
  salesforce = openForTest(simulator.settings());
});
afterAll(async () => {
  await salesforce.close();
  await simulator.close();
});

const most = (held: readonly Held[], of: (one: Held) => number): number => Math.max(...held.map(of));

describe('a client that is reconnected again and again', () => {
  it('holds no more handles than before', async () => {
    const source = salesforce.changes({ endpoint: simulator.ready.pubsubEndpoint, insecure: true });
    const report = await soak({ simulator, source, seconds: 12, changesPerSecond: 500, reconnectSeconds: 1 });
    expect(report.reconnects).toBe(36);
    expect(report.received).toBeGreaterThan(4_000);
    const [early, late] = [report.held.slice(0, 4), report.held.slice(-4)];
    expect(most(late, ({ handles }) => handles)).toBeLessThanOrEqual(most(early, ({ handles }) => handles));
  }, 90_000);
});
