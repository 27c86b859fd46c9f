import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// eslint-disable-next-line no-restricted-imports -- the same damage as in the tests, at another scale
import { plantDrift, plantedKinds, type PlantedDrift } from '@umbra/testing/servers';
import { machineFacts } from '../harness/machine.ts';
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts';
import { repairedOf, type Found } from './repaired.ts';

export interface ReconcileBenchmark extends StageOptions {
  /** Faults of each of the ten kinds. */
  readonly faults: number;
}

/** What one way of finding out cost. */
interface Cost {
  readonly seconds: number;
  readonly calls: number;
  /** Rows that Salesforce sent; sweeps send ids besides. */
  readonly rowsMoved: number;
}

interface ObjectReport {
  readonly object: string;
  readonly driftRows: number;
  readonly rowsMoved: number;
  readonly rowsCompared: number;
  readonly drift: Readonly<Record<string, number>>;
  readonly calls: number;
}

/**
 * A thousand faults of ten kinds in a mirror that nobody tells of them: what the deep comparison finds, what the chain of
 * the night finds alone, and what both cost beside reading everything again.
 */
export async function benchReconcile(
  options: ReconcileBenchmark,
  say: (line: string) => void,
): Promise<string> {
  say(`starting an org of scale ${options.scale}, seed ${options.seed}`);
  const stage = await openStage(options);
  try {
    await timed(stage, 'backfill', ['dist/bff/salesforce-backfill-shadow.js', '--json']);
    await stage.client.query(
      'create table bench_price as select pricebook_entry_id as id, unit_price from sf_pricebook_shadow',
    );
    await stage.client.query('create index on bench_price (id)');

    const first = await plant(stage, options.faults, say);
    const deep = await compare(stage, 'deep', ['--deep']);
    const byDeep = await repairedOf(stage, first);
    say(`deep comparison: ${deep.cost.seconds.toFixed(0)} s, ${deep.cost.calls} calls`);
    const again = await compare(stage, 'deep-again', ['--deep']);

    const second = await plant(stage, options.faults, say);
    const chain = await nightly(stage);
    const byNight = await repairedOf(stage, second);
    say(`chain of the night: ${chain.seconds.toFixed(0)} s, ${chain.calls} calls`);
    const reread = await fullRead(stage);
    const report = {
      benchmark: 'reconcile',
      machine: machineFacts(),
      settings: { scale: options.scale, seed: options.seed, faults: options.faults * plantedKinds.length },
      deep: {
        ...deep.cost,
        found: byDeep,
        drift: deep.objects.map(({ drift, object }) => ({ object, drift })),
      },
      // Whatever a second comparison finds would have been said falsely, or repaired wrongly.
      again: { ...again.cost, drift: again.objects.reduce((sum, { driftRows }) => sum + driftRows, 0) },
      nightly: { ...chain, found: byNight },
      fullRead: reread,
    };
    mkdirSync(options.out, { recursive: true });
    writeFileSync(join(options.out, 'reconcile.json'), `${JSON.stringify(report, undefined, 2)}\n`);
    const text = render(report);
    writeFileSync(join(options.out, 'reconcile.md'), text);
    return text;
  } finally {
    await stage.close();
  }
}

async function timed(
  stage: Stage,
  name: string,
  args: readonly string[],
): Promise<{ readonly seconds: number; readonly answer: unknown }> {
  const begun = performance.now();
  const output = await stage.program(name, args).succeeded();
  return { seconds: (performance.now() - begun) / 1_000, answer: JSON.parse(output) as unknown };
}

/** Plants, and lets the ledger claim that a stream has brought everything: it was lost in silence. */
async function plant(
  stage: Stage,
  faults: number,
  say: (line: string) => void,
): Promise<PlantedDrift['planted']> {
  const { planted } = await plantDrift(
    {
      control: (method, path, body) => stage.simulator.control(method, path, body),
      rows: async <Row extends object>(text: string, values?: unknown[]) =>
        (await stage.client.query(text, values)).rows as Row[],
    },
    faults,
  );
  await stage.client.query(
    `insert into sf_coverage (object, facet, from_at, to_at, via, epoch)
     select object, 'rows', max(to_at), now() + interval '1 second', 'stream', 0
     from sf_coverage where facet = 'rows' group by object`,
  );
  say(`planted ${Object.values(planted).reduce((sum, ids) => sum + ids.length, 0)} wrong records`);
  return planted;
}

async function compare(
  stage: Stage,
  name: string,
  flags: readonly string[],
): Promise<{ readonly cost: Cost; readonly objects: readonly ObjectReport[] }> {
  const { answer, seconds } = await timed(stage, name, ['dist/ops/main.js', 'reconcile', ...flags, '--json']);
  const { objects } = answer as { objects: readonly ObjectReport[] };
  const sum = (of: (report: ObjectReport) => number): number =>
    objects.reduce((total, one) => total + of(one), 0);
  return {
    cost: { seconds, calls: sum(({ calls }) => calls), rowsMoved: sum(({ rowsMoved }) => rowsMoved) },
    objects,
  };
}

async function nightly(stage: Stage): Promise<Cost> {
  const { answer, seconds } = await timed(stage, 'nightly', [
    'dist/ops/main.js',
    'reconcile',
    '--chain',
    '--json',
  ]);
  const { calls } = answer as { calls: number };
  const { rows } = await stage.client.query<{ n: string | null }>(
    `select sum((report ->> 'rowsMoved')::bigint) as n from (
       select distinct on (kind, subject) report from sf_upkeep_run
       where kind in ('delta', 'reconcile') and report is not null order by kind, subject, finished_at desc
     ) as newest`,
  );
  return { seconds, calls, rowsMoved: Number(rows[0]?.n ?? 0) };
}

async function fullRead(stage: Stage): Promise<Cost> {
  const { answer, seconds } = await timed(stage, 'full-read', [
    'dist/bff/salesforce-backfill-shadow.js',
    '--json',
  ]);
  const { calls, objects } = answer as { calls: number; objects: readonly { received: number }[] };
  return { seconds, calls, rowsMoved: objects.reduce((sum, { received }) => sum + received, 0) };
}

interface Report {
  readonly settings: { readonly scale: string; readonly faults: number };
  readonly deep: Cost & { readonly found: Readonly<Record<string, Found>> };
  readonly again: Cost & { readonly drift: number };
  readonly nightly: Cost & { readonly found: Readonly<Record<string, Found>> };
  readonly fullRead: Cost;
}

function render({ again, deep, fullRead: read, nightly: night, settings }: Report): string {
  const cost = (name: string, { calls, rowsMoved, seconds }: Cost): string =>
    `| ${name} | ${calls} | ${rowsMoved.toLocaleString('en')} | ${seconds.toFixed(1)} |`;
  const kinds = plantedKinds.map((kind) => {
    const [byDeep, byNight] = [deep.found[kind], night.found[kind]];
    return `| ${kind} | ${byDeep?.repaired ?? 0} of ${byDeep?.planted ?? 0} | ${byNight?.repaired ?? 0} of ${byNight?.planted ?? 0} |`;
  });
  return `${[
    `${settings.faults} faults in an org of scale ${settings.scale}.`,
    '',
    '| fault | repaired by the deep comparison | by the chain of the night alone |',
    '| --- | --- | --- |',
    ...kinds,
    '',
    `A second deep comparison found ${again.drift} rows that differ.`,
    '',
    '| | calls | rows moved | seconds |',
    '| --- | --- | --- | --- |',
    cost('deep comparison', deep),
    cost('chain of the night', night),
    cost('reading everything again', read),
  ].join('\n')}\n`;
}
