import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SimulatorProcess } from './simulator.ts';
import type { Held, SoakOrder, SoakReport } from './soak.ts';

/** `--globals '{"umbraSoakMinutes":20}'`: the long run, at the rate and the pace that the client is made for. */
const minutes = (globalThis as { umbraSoakMinutes?: number }).umbraSoakMinutes;
const pace =
  minutes === undefined
    ? { seconds: 12, changesPerSecond: 500, reconnectSeconds: 1 }
    : { seconds: minutes * 60, changesPerSecond: 2_000, reconnectSeconds: 5 };
/**
 * The part of the load and of the reconnects that must have happened. Beside a whole suite a machine keeps neither rate
 * nor pace, and what is measured is what stays behind; the long run is the claim, and has the machine to itself.
 */
const floor = minutes === undefined ? 1 / 3 : 0.9;
const TOPICS = 3;
/** Behind each round of streaming all that is held is collected and counted, which takes about this long. */
const COUNTING_SECONDS = 1;
/** What may differ at the end: no two collections leave quite the same. One stream that stays a reconnect would be more. */
const ALLOWED: Held = { heapMb: 2, bufferMb: 4, handles: 0, emitters: 8, functions: 100 };
const facets = Object.keys(ALLOWED) as (keyof Held)[];

let simulator: SimulatorProcess;
beforeAll(async () => {
  simulator = await SimulatorProcess.start('--scale', 'demo');
  await simulator.control('PATCH', '/pubsub/knobs', { keepAliveEvery: 0.2 });
  await simulator.knobs({ statesKept: 1 });
});
afterAll(() => simulator.close());

/** A client in a process of its own, under load from beginning to end. */
async function soak(): Promise<SoakReport> {
  const { clientId, privateKeyFile, pubsubEndpoint, url, username } = simulator.ready;
  const { changesPerSecond, reconnectSeconds, seconds } = pace;
  await simulator.control('POST', '/load', { changesPerSecond, seconds, shape: 'update' });
  const whom = { loginUrl: url, endpoint: pubsubEndpoint, clientId, username, privateKeyFile };
  const order: SoakOrder = { ...whom, seconds, reconnectSeconds };
  const program = join(import.meta.dirname, 'soak-client.ts');
  const words = ['--no-warnings', program, JSON.stringify(order)];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  return JSON.parse(stdout) as SoakReport;
}

const mostOf = (held: readonly Held[], facet: keyof Held): number =>
  Math.max(...held.map((one) => one[facet]));

describe('a client that is reconnected again and again', () => {
  it(
    'holds no more memory, handles and listeners than before',
    async () => {
      const { held, received, reconnects } = await soak();
      const quarter = Math.ceil(held.length / 4);
      const grown = facets.map((facet) => {
        const [early, late] = [mostOf(held.slice(0, quarter), facet), mostOf(held.slice(-quarter), facet)];
        return { facet, early, late, flat: late - early <= ALLOWED[facet] };
      });
      if (minutes !== undefined) {
        process.stdout.write(`${JSON.stringify({ ...pace, received, reconnects, grown }, null, 1)}\n`);
      }
      const { changesPerSecond, reconnectSeconds, seconds } = pace;
      expect(reconnects).toBeGreaterThanOrEqual(
        floor * TOPICS * (seconds / (reconnectSeconds + COUNTING_SECONDS)),
      );
      expect(received).toBeGreaterThanOrEqual(floor * seconds * changesPerSecond);
      expect(grown.filter(({ flat }) => !flat)).toEqual([]);
    },
    180_000 + 1_000 * pace.seconds,
  );
});
