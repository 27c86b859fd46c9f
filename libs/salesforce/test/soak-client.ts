import { readFileSync } from 'node:fs';
import { EventEmitter } from 'node:events';
import { queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLogger, PrometheusMeter, Secret, systemClock } from '@umbra/platform';
import { openSalesforce } from '../src/open-salesforce.ts';
import type { PubsubSource } from '../src/pubsub/pubsub-source.ts';
import type { Held, SoakOrder, SoakReport } from './soak.ts';

/**
 * A program of its own, so that nothing of a test runner is measured: streams three topics for some time, ends every
 * stream again and again, and measures what stays behind each time. The order is its argument, the report its output.
 */
const order = JSON.parse(process.argv[2] ?? '') as SoakOrder;
const topics = ['Product2', 'PricebookEntry', 'Account'].map((object) => `/data/${object}ChangeEvent`);

async function run(): Promise<SoakReport> {
  const { clientId, endpoint, loginUrl, privateKeyFile, reconnectSeconds, seconds, username } = order;
  const salesforce = openSalesforce(
    {
      loginUrl,
      clientId,
      username,
      privateKey: new Secret(readFileSync(privateKeyFile, 'utf8')),
      privateKeyFile: undefined,
      jwtAudience: undefined,
      clientSecret: undefined,
      apiVersion: '62.0',
      instanceHosts: [],
      apiDailySharePercent: 80,
      apiLongCalls: 5,
    },
    {
      clock: systemClock,
      log: createLogger({ service: 'soak', level: 'warn', sink: process.stderr }).log,
      meter: new PrometheusMeter('soak'),
    },
  );
  const source = salesforce.changes({ endpoint, insecure: true });
  const positions = new Map<string, Uint8Array>();
  const held: Held[] = [];
  let received = 0;
  const collect = collector();
  const until = performance.now() + seconds * 1_000;
  let rounds = 0;
  // As long as was asked for; on a machine that keeps no pace at least a dozen times.
  for (; rounds < 12 || performance.now() < until; rounds++) {
    const counts = topics.map((topic) => streamFor(topic, source, positions, reconnectSeconds * 1_000));
    received += (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    collect();
    held.push(whatIsHeld());
  }
  await salesforce.close();
  return { received, reconnects: rounds * topics.length, held: held.slice(Math.ceil(rounds / 10)) };
}

/** The collector by name, without a flag on the command line. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function whatIsHeld(): Held {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return {
    heapMb: heapUsed / 2 ** 20,
    bufferMb: arrayBuffers / 2 ** 20,
    handles: process.getActiveResourcesInfo().length,
    emitters: queryObjects(EventEmitter, { format: 'count' }),
    functions: queryObjects(Function, { format: 'count' }),
  };
}

/** Takes and settles events for so long. The end comes with the first message after it. @returns how many came */
async function streamFor(
  topic: string,
  source: PubsubSource,
  positions: Map<string, Uint8Array>,
  ms: number,
): Promise<number> {
  const replayId = positions.get(topic);
  const stream = source.open(
    topic,
    replayId === undefined ? { kind: 'earliest' } : { kind: 'after', replayId },
  );
  const until = performance.now() + ms;
  let count = 0;
  for await (const { events } of stream) {
    count += events.length;
    const last = events.at(-1);
    if (last !== undefined) positions.set(topic, last.replayId);
    stream.settle(events);
    if (performance.now() >= until) break;
  }
  return count;
}

process.stdout.write(JSON.stringify(await run()));
