import { readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { benchBackfill } from './backfill/backfill.ts';
import type { Scale, Services } from './backfill/stage.ts';

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('A whole number of at least 1.');
  return value;
};

interface Options {
  readonly services: string;
  readonly scale: Scale;
  readonly rounds: number;
  readonly seed: number;
  readonly out: string;
}

const program = new Command('bench')
  .description('Benchmarks, each beside its rival in the same run.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 64));

program
  .command('backfill', { isDefault: true })
  .description('Backfill of a simulated org beside COPY of finished rows')
  .requiredOption('--services <file>', 'JSON file with databaseUrl and redisUrl (./umbra bench provides it)')
  .addOption(new Option('--scale <scale>', 'size of the org').choices(['demo', '100k', '1m']).default('100k'))
  .option('--rounds <n>', 'rounds, their order alternating', count, 3)
  .option('--seed <n>', 'seed of the org', count, 7)
  .option('--out <folder>', 'where the table and the JSON go', '.umbra/bench')
  .addHelpText(
    'after',
    `
Examples:
  $ ./umbra bench backfill
  $ ./umbra bench backfill --scale 1m --rounds 3`,
  )
  .action(async (options: Options) => {
    const services = JSON.parse(readFileSync(options.services, 'utf8')) as Services;
    const table = await benchBackfill(
      { ...options, services, path: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter) },
      (line) => process.stderr.write(`${line}\n`),
    );
    process.stdout.write(`${table}\n`);
  });

await program.parseAsync();
