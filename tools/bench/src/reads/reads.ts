import { contest, ratioOf, type Contender, type Outcome } from '../harness/contest.ts';
import { databaseVersion, packageVersion } from '../harness/machine.ts';
import { measured } from '../harness/measured.ts';
import { UsageWatch } from '../harness/process-usage.ts';
import { freePort, untilHealthy, type Program } from '../harness/program.ts';
import { writeReport, type Goal } from '../harness/report.ts';
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts';
import { startLoad, untilLoadEnds } from '../stream/steady.ts';
import { askDirectly, ORG_LATENCY_MS } from './direct.ts';
import { plantAccounts } from './many-accounts.ts';
import { describeOverload, describeSteady, type Overload, type SteadyReads } from './reads-section.ts';
import { served, type Served } from './served.ts';
import { fire, fireAtRate, type Target } from './shots.ts';

export interface ReadsBenchmark extends StageOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Requests per second of the steady part. */
  readonly rate: number;
  /** Changes per second that stream in meanwhile. */
  readonly changes: number;
}

/** Connections of a measurement as fast as it goes: enough to keep both sides busy. */
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 3;
/** Products of the answer: about 10 KB, as a page of a shop has. */
const PRODUCTS = 40;
/** Accounts whose eligibility is asked for in each part: more than it can answer, as one that was answered is cached. */
const ACCOUNTS = { steady: 20_000, capacity: 80_000, overload: 400_000 };
/** Connections of an overload, which asks for ten times what can be answered. */
const CROWD = 2_500;

interface Scene {
  readonly stage: Stage;
  readonly bff: Program;
  readonly bare: Program;
  readonly catalogue: Target;
  readonly same: Target;
  /** Accounts of this part alone: none is given what another has left in the caches. */
  readonly eligibility: Readonly<Record<keyof typeof ACCOUNTS, Target>>;
  readonly skus: readonly string[];
  /** What the BFF itself has counted so far. */
  readonly served: () => Promise<Served>;
}

/**
 * Cached catalogue reads beside a server that gives the same bytes and does nothing else, and beside the same question
 * asked of the org itself; then at a steady rate while changes stream in; then ten times too many.
 */
export async function benchReads(options: ReadsBenchmark, say: (line: string) => void): Promise<string> {
  const startedAt = new Date().toISOString();
  const stage = await openStage(options);
  try {
    await stage.simulator.control('PATCH', '/knobs', { statesKept: 1 });
    say('backfill');
    await stage.program('backfill', ['dist/bff/salesforce-backfill-shadow.js', '--json']).succeeded();
    const scene = await openScene(stage);
    for (const target of [scene.same, scene.catalogue])
      await fire(target, { connections: CONNECTIONS, seconds: WARM_UP_SECONDS });
    const outcomes = await contest(
      contenders(scene, options),
      options.rounds,
      (name, round, { seconds, units }) =>
        say(`round ${round + 1}: ${name}: ${Math.round(units / seconds)} requests/s`),
    );
    const steady = await steadyReads(scene, options, say);
    const overload = await overloaded(scene, options.seconds);
    const notes = [...describeSteady(steady, options), ...describeOverload(overload)];
    for (const note of notes) say(note);
    return writeReport(options.out, {
      benchmark: 'reads',
      unit: 'requests',
      startedAt,
      settings: {
        scale: options.scale,
        seed: options.seed,
        rounds: options.rounds,
        connections: CONNECTIONS,
        'latency of the org, ms': ORG_LATENCY_MS,
        'steady requests/s': options.rate,
        'changes/s meanwhile': options.changes,
      },
      versions: {
        PostgreSQL: await databaseVersion(stage.client),
        ...packageVersion('autocannon', 'fastify', 'jsforce'),
      },
      outcomes,
      goals: goalsOf(steady, overload, outcomes),
      notes,
      details: { steady, overload },
    });
  } finally {
    await stage.close();
  }
}

async function newKey(stage: Stage, scope: string): Promise<string> {
  const words = ['key', 'add', '--label', `bench-${scope}`, '--scope', scope, '--json'];
  const printed = await stage.program('key', ['dist/ops/main.js', ...words]).succeeded();
  return /"key":\s*"([^"]+)"/.exec(printed)?.[1] ?? '';
}

async function openScene(stage: Stage): Promise<Scene> {
  const [key, operator] = [await newKey(stage, 'read'), await newKey(stage, 'operator')];
  const port = String(await freePort());
  const settings = { BFF_PORT: port, BFF_CLIENT_REQUESTS_PER_SECOND: '1000000' };
  const bff = stage.program('bff', ['dist/bff/main.js'], settings);
  const url = `http://127.0.0.1:${port}`;
  await untilHealthy(bff, `${url}/health/ready`);
  const { rows: products } = await stage.client.query<{ sku: string }>(
    "select sku from sf_product_shadow where sku ~ '^[A-Z0-9-]+$' order by sku limit $1",
    [PRODUCTS],
  );
  const skus = products.map(({ sku }) => sku);
  const catalogue = `${url}/api/catalog/prices?skus=${skus.join()}`;
  const bare = stage.program('bare', ['tools/bench/src/reads/bare-server.ts', catalogue, key]);
  const [, address = ''] = await bare.printed(/"ready":"([^"]+)"/);
  const headers = { authorization: `Bearer ${key}` };
  const { steady, capacity, overload } = ACCOUNTS;
  const accountOf = await plantAccounts(stage.client, steady + capacity + overload);
  const asked = (from: number, count: number): Target => ({
    url,
    headers,
    paths: { count, at: (number) => `/api/eligibility/${accountOf(from + number)}` },
  });
  return {
    stage,
    bff,
    bare,
    skus,
    catalogue: { url: catalogue, headers },
    same: { url: address },
    eligibility: {
      steady: asked(0, steady),
      capacity: asked(steady, capacity),
      overload: asked(steady + capacity, overload),
    },
    served: () => served(url, operator),
  };
}

function contenders(
  { bare, bff, catalogue, same, skus, stage }: Scene,
  { seconds }: ReadsBenchmark,
): Contender[] {
  const server = (name: string, program: Program, target: Target): Contender => ({
    name,
    run: () =>
      measured({ [name]: program.pid }, async () => {
        const { answered, latency, lost } = await fire(target, { connections: CONNECTIONS, seconds });
        return { units: answered, figures: { 'p99, ms': latency.p99, lost } };
      }),
  });
  return [
    server('bare Fastify, the same bytes', bare, same),
    server('cached catalogue', bff, catalogue),
    {
      name: 'jsforce, straight to the org',
      run: async () => {
        const {
          answered,
          latency,
          seconds: took,
        } = await askDirectly(stage, { readers: CONNECTIONS, seconds, skus });
        return { units: answered, seconds: took, figures: { 'p99, ms': latency.p99 } };
      },
    },
  ];
}

async function steadyReads(
  { catalogue, eligibility, same, stage }: Scene,
  { changes, rate, seconds }: ReadsBenchmark,
  say: (line: string) => void,
): Promise<SteadyReads> {
  const worker = await stage.startWorker();
  say(`${rate} requests/s while ${changes} changes/s stream in`);
  const fired = { connections: CONNECTIONS, rate, seconds };
  await startLoad(stage, changes, (seconds + 4) * 3);
  const bare = await fireAtRate(stage, same, fired);
  const cached = await fireAtRate(stage, catalogue, fired);
  const shadow = await fireAtRate(stage, eligibility.steady, fired);
  const { behind } = await untilLoadEnds(stage);
  await worker.stop();
  return { bare, cached, shadow, behind };
}

async function overloaded(
  { bff, eligibility, same, served: told, stage }: Scene,
  seconds: number,
): Promise<Overload> {
  // What the stream has left to be done must not fall into this part: a collector of dead rows takes half a core.
  await stage.client.query('VACUUM ANALYZE');
  const capacity = await fire(eligibility.capacity, { connections: CONNECTIONS, seconds });
  const rate = Math.round((capacity.answered / capacity.seconds) * 10);
  const before = await told();
  const watch = new UsageWatch(bff.pid);
  const shots = await fireAtRate(stage, eligibility.overload, {
    connections: CROWD,
    rate,
    seconds: seconds * 2,
  });
  const { cpuSeconds, rssBySecond } = watch.stop();
  const counted = (await told()).since(before);
  const bare = await fireAtRate(stage, same, { connections: CROWD, rate, seconds });
  return { capacity, rate, shots, bare, memory: rssBySecond, cpuSeconds, served: counted };
}

function goalsOf(
  { bare, cached }: SteadyReads,
  { memory, shots }: Overload,
  outcomes: readonly Outcome[],
): readonly Goal[] {
  return [
    {
      what: 'cached catalogue beside bare Fastify',
      value: ratioOf(outcomes, 'cached catalogue'),
      atLeast: 0.5,
    },
    {
      what: 'ms, 99th percentile of cached catalogue reads while changes stream in',
      value: cached.latency.p99,
      // The machine may be too busy for either of them.
      atMost: Math.max(10, 3 * bare.latency.p99),
    },
    { what: 'ms, 99th percentile of what is answered under overload', value: shots.latency.p99, atMost: 500 },
    {
      what: 'ms, 99th percentile of refusals',
      value: shots.refused === 0 ? 0 : shots.refusal.p99,
      atMost: 20,
    },
    {
      what: 'memory after the overload, times before',
      value: (memory.at(-1) ?? 0) / (memory[0] ?? 1),
      atMost: 1.5,
    },
  ];
}
