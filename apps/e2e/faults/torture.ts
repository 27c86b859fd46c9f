import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { allCases } from './all-cases.ts';
import type { FaultCase } from './fault-case.ts';
import { keepResults, writePage } from './fault-table.ts';
import { runInside, type InsideReport } from './inside-one-process.ts';
import { pressures } from './load.ts';
import { lineOf, summaryOf, tableOf, verdictOf } from './report.ts';
import { matrix } from './matrix.ts';
import { rowsOf } from './row-selection.ts';
import { planted, runPlanted } from './planted.ts';
import { soak } from './soak-run.ts';
import { tortureRun, type Plan } from './torture-run.ts';
import type { TrialReport } from './trial.ts';

/**
 * Breaks everything that docs/faults.md names, under load, and judges every trial. `./umbra torture` brings the bundles
 * and the servers, and runs this with plain Node.
 */
const usage = `Usage: ./umbra torture [options]

Breaks what docs/faults.md names, under load, and checks the invariants after each fault.

  --faults <rows>   only these rows: 1-3,34
  --seed <n>        begin with this seed; a trial that fails names its own
  --seeds <n>       trials per case, instead of what the tier asks for
  --minutes <n>     begin no trial after so many minutes (default 30, soak 20)
  --tier <name>     default: 500 changes/s; nightly: 2,000/s and 20 times the seeds; test: as in ./umbra test;
                    soak: one arena under steady load, a fault by chance every 90 to 300 s, and nothing may grow
  --arenas <n>      worlds side by side, each with its own servers (default 2: most trials wait for a time-out)
  --json            the report as JSON on standard output; the lines go to standard error
  --write           keep the results, and write the table of docs/faults.md
  --list            name the cases and run none
  --planted         run workers with a bug in them instead, and expect each to be found; --faults chooses by row

Examples:
  ./umbra torture --faults 34-38
  ./umbra torture --faults 42 --seed 1234 --seeds 1     repeat a trial that failed
  ./umbra torture --tier soak --minutes 60
`;

const NIGHTLY_TIMES = 20;
/** Worlds side by side on two cores. */
const ARENAS = 2;
/** Of a row that is played inside one process. */
const INSIDE_SEEDS = { default: 50, nightly: 50 * NIGHTLY_TIMES, test: 2, soak: 0 } as const;
const exitCodes = { held: 0, failed: 1, usage: 64, interrupted: 75 } as const;

class UsageError extends Error {}

const tiers = ['default', 'nightly', 'test', 'soak'] as const;
const minutesOf = { default: 30, nightly: 600, test: 30, soak: 20 } as const;
const pressureOf = {
  default: pressures.torture,
  nightly: pressures.nightly,
  test: pressures.test,
  soak: pressures.torture,
} as const;

interface Options extends Plan {
  readonly tier: (typeof tiers)[number];
  readonly rows: ReadonlySet<number> | undefined;
  readonly insideSeeds: number;
  readonly json: boolean;
  readonly write: boolean;
  readonly list: boolean;
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text))
    throw new UsageError(`--${name} needs a whole number, not ${JSON.stringify(text)}.`);
  return Number(text);
}

function valuesOf(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const names = { faults: text, seed: text, seeds: text, minutes: text, arenas: text, tier: text };
  const flags = { json: flag, write: flag, list: flag, planted: flag, help: { ...flag, short: 'h' } };
  try {
    return parseArgs({ args: [...args], options: { ...names, ...flags } }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function optionsOf(values: ReturnType<typeof valuesOf>): Options {
  const tier = tiers.find((known) => known === (values.tier ?? 'default'));
  if (tier === undefined) throw new UsageError(`--tier is one of ${tiers.join(', ')}.`);
  const rows = values.faults === undefined ? undefined : rowsOf(values.faults);
  if (values.faults !== undefined && rows === undefined)
    throw new UsageError('--faults needs rows, such as 1-3,34.');
  const cases = allCases
    .filter(
      ({ row, tier: own }) =>
        (rows?.has(row) ?? true) && (!['test', 'soak'].includes(tier) || own === 'test'),
    )
    .toSorted((one, other) => one.row - other.row);
  const known = matrix.some(({ row }) => rows?.has(row) ?? true);
  if (!known) throw new UsageError('There is no such row. docs/faults.md names them.');
  const seeds = wholeNumber('seeds', values.seeds);
  const times = tier === 'nightly' ? NIGHTLY_TIMES : 1;
  return {
    cases,
    tier,
    pressure: pressureOf[tier],
    firstSeed: wholeNumber('seed', values.seed) ?? Math.floor(Math.random() * 1_000_000),
    seedsOf: (fault) => seeds ?? (tier === 'test' ? 1 : fault.seeds * times),
    rows,
    insideSeeds: tier === 'soak' ? 0 : (seeds ?? INSIDE_SEEDS[tier]),
    minutes: wholeNumber('minutes', values.minutes) ?? minutesOf[tier],
    arenas: Math.max(1, wholeNumber('arenas', values.arenas) ?? ARENAS),
    json: values.json,
    write: values.write,
    list: values.list,
  };
}

async function torture(options: Options): Promise<number> {
  const { cases, firstSeed, json, pressure, write } = options;
  const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  const { length } = cases;
  say(`${length} cases from seed ${firstSeed}, ${pressure.changesPerSecond} changes/s; ${machine()}`);
  const run = options.tier === 'soak' ? soak : tortureRun;
  const [reports, inside] = await Promise.all([
    run(options, (report) => {
      say(lineOf(report));
      if (report.failure !== undefined) say(evidenceOf(report));
    }),
    insideReports(options, say),
  ]);
  const worlds = summaryOf(cases, reports);
  const summaries = [...inside, ...worlds].toSorted((one, other) => one.row - other.row);
  const failed = [...reports, ...inside].filter(({ failure }) => failure !== undefined);
  const trials = reports.length + inside.reduce((sum, one) => sum + one.trials, 0);
  say(`\n${tableOf(summaries)}\n\n${trials} trials, ${failed.length} failed`);
  if (json)
    process.stdout.write(`${JSON.stringify({ firstSeed, machine: machine(), summaries, reports })}\n`);
  if (write) {
    const day = new Date().toISOString().slice(0, 10);
    const rate = `${pressure.changesPerSecond} changes/s`;
    writePage(allCases, keepResults(summaries, { cases: allCases, day, pressure: rate }));
  }
  return failed.length > 0 ? exitCodes.failed : exitCodes.held;
}

/** The rows that can be played inside one process, while the others wait for programs and servers. */
async function insideReports(
  { firstSeed, insideSeeds, rows }: Options,
  say: (line: string) => void,
): Promise<InsideReport[]> {
  if (insideSeeds === 0) return [];
  const played = await runInside({ rows, seeds: insideSeeds, firstSeed });
  for (const one of played) {
    say(
      `row ${String(one.row).padStart(2)}  ${verdictOf(one).padEnd(6)}  ${one.title}  (seeds ${firstSeed} and on, ${one.trials} in all, inside one process)`,
    );
    if (one.failure !== undefined) say(evidenceOf({ ...one, failure: one.failure, seed: firstSeed }));
  }
  return played;
}

/** Runs the checks of the checkers. */
async function plantedBugs({ rows }: Options): Promise<number> {
  const missed = await runPlanted(rows, (line) => process.stdout.write(`${line}\n`));
  return missed.length > 0 ? exitCodes.failed : exitCodes.held;
}

type Evidence = Pick<TrialReport, 'failure' | 'row' | 'seed' | 'title'>;

/** Keeps why a trial failed, and says how to repeat it. */
function evidenceOf({ failure = '', row, seed, title }: Evidence): string {
  const folder = '.umbra/torture';
  const file = `${folder}/row-${row}-seed-${seed}.txt`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${title}\n\n${failure}\n`);
  const again = `./umbra torture --faults ${row} --seed ${seed} --seeds 1`;
  return `${failure.split('\n').slice(0, 8).join('\n')}\n  kept in ${file}; again: ${again}`;
}

function machine(): string {
  const [first] = cpus();
  return `${cpus().length} x ${first?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 1024 ** 3)} GB, Node ${process.version}`;
}

const listedBugs = ({ rows }: Options): string =>
  planted
    .filter(({ fault }) => fault !== undefined && rows?.has(fault.row) !== false)
    .map(({ bug, fault, seenBy }) => `${String(fault?.row).padStart(3)}  ${seenBy.padEnd(13)}  ${bug}\n`)
    .join('');

const listed = (cases: readonly FaultCase[]): string =>
  cases.map(({ row, tier, title }) => `${String(row).padStart(3)}  ${tier.padEnd(7)}  ${title}\n`).join('');

// Ending by a signal skips what the programs that we started need; ending by ourselves does not.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(exitCodes.interrupted));

try {
  const values = valuesOf(process.argv.slice(2));
  if (values.help) process.stdout.write(usage);
  else {
    const options = optionsOf(values);
    if (options.list) process.stdout.write(values.planted ? listedBugs(options) : listed(options.cases));
    else if (values.planted) process.exitCode = await plantedBugs(options);
    else process.exitCode = await torture(options);
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exitCode = exitCodes.usage;
}
