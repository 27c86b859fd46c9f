import { spawnSync } from 'node:child_process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { backfillContenders, benchBackfill, type BackfillContender } from './backfill/backfill.ts';
import { stageOptions, type CommonFlags } from './command-flags.ts';
import { benchDecode } from './decode/decode.ts';
import { benchFleet } from './fleet/fleet.ts';
import { benchReads } from './reads/reads.ts';
import { writePage } from './results/page.ts';
import { readReport, regressions, resultsFolder, storeReport } from './results/stored-results.ts';
import { benchReconcile } from './reconcile/reconcile.ts';
import { benchStream } from './stream/stream.ts';

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('A whole number of at least 1.');
  return value;
};

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('A number above 0.');
  return value;
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const program = new Command('bench')
  .description('Benchmarks, each beside its rival in the same run.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 64));

/** A benchmark with the flags that all of them have. */
function benchmark(name: string, description: string, rounds: number): Command {
  return program
    .command(name)
    .description(description)
    .requiredOption(
      '--services <file>',
      'JSON file with databaseUrl and redisUrl (./umbra bench provides it)',
    )
    .addOption(
      new Option('--scale <scale>', 'size of the org').choices(['demo', '100k', '1m']).default('100k'),
    )
    .option('--rounds <n>', 'rounds, their order alternating', count, rounds)
    .option('--seed <n>', 'seed of the org', count, 7)
    .option('--out <folder>', 'where tables, JSON, logs and profiles go', '.umbra/bench')
    .option('--profile', 'write processor profiles of the programs under test')
    .option('--check', 'exit 1 when a ratio has fallen against the stored run')
    .option('--tolerance <share>', 'by how much it may fall, 0 to 1', positive, 0.25)
    .option('--write', 'store the run and write docs/benchmarks.md')
    .hook('postAction', (command) => settle(command.name(), command.opts()));
}

interface SettleFlags {
  readonly out: string;
  readonly check?: boolean;
  readonly write?: boolean;
  readonly tolerance: number;
}

/** Compares the run that has just ended with the stored one, and stores it, as asked. */
function settle(name: string, { check, out, tolerance, write }: SettleFlags): void {
  const present = readReport(out, name);
  if (present === undefined) return;
  const stored = readReport(resultsFolder, name);
  if (check === true) {
    const fallen =
      stored === undefined ? [`${name}: no run is stored`] : regressions(stored, present, tolerance);
    for (const line of fallen) say(line);
    if (fallen.length > 0) process.exitCode = 1;
  }
  if (write !== true) return;
  storeReport(present);
  writePage();
  say('docs/benchmarks.md is written');
}

interface AllFlags {
  readonly services: string;
  readonly out: string;
  readonly profile?: boolean;
  readonly check?: boolean;
  readonly write?: boolean;
}

program
  .command('all', { isDefault: true })
  .description('All benchmarks, one after another')
  .requiredOption('--services <file>', 'JSON file with databaseUrl and redisUrl (./umbra bench provides it)')
  .option('--out <folder>', 'where tables, JSON, logs and profiles go', '.umbra/bench')
  .option('--profile', 'write processor profiles of the programs under test')
  .option('--check', 'exit 1 when a ratio has fallen against the stored run')
  .option('--write', 'store the runs and write docs/benchmarks.md')
  .action((flags: AllFlags) => {
    const switches = (['profile', 'check', 'write'] as const).filter((each) => flags[each] === true);
    const shared = ['--services', flags.services, '--out', flags.out, ...switches.map((each) => `--${each}`)];
    // Each in a process of its own: what one leaves in memory is not the next one's.
    for (const name of program.commands.map((command) => command.name()).filter((each) => each !== 'all')) {
      say(`── ${name}`);
      const { status } = spawnSync(process.execPath, [import.meta.filename, name, ...shared], {
        stdio: 'inherit',
      });
      if (status !== 0) process.exitCode = 1;
    }
  });

interface BackfillFlags extends CommonFlags {
  readonly only: readonly BackfillContender[];
  readonly plainRows: number;
}

benchmark('backfill', 'Backfill of a simulated org beside COPY of finished rows', 3)
  .addOption(
    new Option('--only <contenders...>', 'who takes part')
      .choices(backfillContenders)
      .default(backfillContenders),
  )
  .option('--plain-rows <n>', 'rows that the plain backfill is given at most', count, 200_000)
  .addHelpText('after', '\nExample:\n  $ ./umbra bench backfill --scale 1m --rounds 3 --only copy umbra')
  .action(async (flags: BackfillFlags) => {
    const { only, plainRows, rounds } = flags;
    const table = await benchBackfill({ ...stageOptions(flags), rounds, only, plainRows }, say);
    process.stdout.write(`${table}\n`);
  });

interface StreamFlags extends CommonFlags {
  readonly rate: number;
  readonly seconds: number;
  readonly minutes?: number;
  readonly steadyRoundTrip: number;
  readonly roundTrip: number;
  readonly events: number;
  readonly plainEvents: number;
  readonly plainConcurrency: number;
}

benchmark('stream', 'Change events beside one job and one upsert per event', 3)
  .option('--rate <n>', 'events per second of the steady part', positive, 2_000)
  .option('--seconds <n>', 'length of the steady part', positive, 60)
  .option('--minutes <n>', 'its length in minutes', positive)
  .option('--steady-round-trip <ms>', 'round trip to the org in the steady part', positive, 50)
  .option('--round-trip <ms>', 'round trip while the peak is measured', positive, 5)
  .option('--events <n>', 'events of one measurement of the peak', count, 60_000)
  .option('--plain-events <n>', 'events that the plain design is given', count, 6_000)
  .option('--plain-concurrency <n>', 'jobs that it runs at once', count, 32)
  .addHelpText('after', '\nExample:\n  $ ./umbra bench stream --minutes 5')
  .action(async (flags: StreamFlags) => {
    const table = await benchStream(
      {
        ...stageOptions(flags),
        rounds: flags.rounds,
        steady: {
          eventsPerSecond: flags.rate,
          seconds: flags.minutes === undefined ? flags.seconds : flags.minutes * 60,
          roundTripMs: flags.steadyRoundTrip,
        },
        peak: {
          events: flags.events,
          plainEvents: flags.plainEvents,
          plainConcurrency: flags.plainConcurrency,
          roundTripMs: flags.roundTrip,
        },
      },
      say,
    );
    process.stdout.write(`${table}\n`);
  });

interface DecodeFlags extends CommonFlags {
  readonly seconds: number;
  readonly events: number;
}

benchmark('decode', 'Decoding of change events beside the npm client', 5)
  .option('--seconds <n>', 'length of one measurement', positive, 3)
  .option('--events <n>', 'events that are decoded over and over', count, 5_000)
  .action(async (flags: DecodeFlags) => {
    const { events, rounds, seconds } = flags;
    const stage = { ...stageOptions(flags), scale: 'demo' } as const;
    process.stdout.write(`${await benchDecode({ ...stage, rounds, events, seconds }, say)}\n`);
  });

interface FleetFlags extends CommonFlags {
  readonly events: number;
  readonly roundTrip: number;
}

benchmark('fleet', 'What 1, 2 and 4 workers cost for the same events', 2)
  .option('--events <n>', 'events of one measurement', count, 30_000)
  .option('--round-trip <ms>', 'round trip to the org', positive, 5)
  .action(async (flags: FleetFlags) => {
    const { events, roundTrip, rounds } = flags;
    const options = { ...stageOptions(flags), rounds, events, roundTripMs: roundTrip };
    process.stdout.write(`${await benchFleet(options, say)}\n`);
  });

interface ReadsFlags extends CommonFlags {
  readonly seconds: number;
  readonly rate: number;
  readonly changes: number;
}

benchmark('reads', 'Reads beside a bare server, the org itself, a stream of changes, and too many readers', 3)
  .option('--seconds <n>', 'length of one measurement', positive, 10)
  .option('--rate <n>', 'requests per second of the steady part', positive, 1_000)
  .option('--changes <n>', 'changes per second that stream in meanwhile', positive, 2_000)
  .action(async (flags: ReadsFlags) => {
    const { changes, rate, rounds, seconds } = flags;
    process.stdout.write(
      `${await benchReads({ ...stageOptions(flags), rounds, seconds, rate, changes }, say)}\n`,
    );
  });

benchmark('reconcile', 'Planted faults: what is found by night and by the deep comparison, and its cost', 1)
  .option('--faults <n>', 'faults of each of ten kinds', count, 50)
  .addHelpText('after', '\nExample:\n  $ ./umbra bench reconcile --scale 1m --faults 100')
  .action(async (flags: CommonFlags & { readonly faults: number }) => {
    const table = await benchReconcile({ ...stageOptions(flags), faults: flags.faults }, say);
    process.stdout.write(`${table}\n`);
  });

await program.parseAsync();
