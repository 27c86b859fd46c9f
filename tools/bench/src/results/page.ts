import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderReport } from '../harness/report.ts';
import { readReport, resultsFolder } from './stored-results.ts';

/** Benchmarks in the order of the page. */
export const benchmarks = ['backfill', 'stream', 'decode', 'fleet', 'reads', 'reconcile'] as const;

/** What is compared with what, in each benchmark. */
const compared: Readonly<Record<(typeof benchmarks)[number], string>> = {
  backfill: `The backfill command as a user runs it, from the first token request to the last row (sign-in, describe, Bulk jobs, gzip, CSV,
canonical values, versions, parked rows, one transaction per page), beside

- **COPY of finished rows:** the rows of a former backfill, from a file, straight into the empty logged tables with all
  their indexes and constraints. It neither fetches nor parses nor decides anything.
- **COPY into staging, INSERT … SELECT:** the floor of any load that looks before it writes.
- **jsforce \`bulk2.query\`, Prisma \`createMany\`:** what one writes first: all fields, a thousand records at a time, into
  tables without versions. It starts over after an interruption and reads no deleted records. It is given at most the
  number of rows that the settings name, the same share of each object: its memory grows with them.`,
  stream: `The worker as a user runs it, over three topics of a simulated org, with PostgreSQL and Redis as processes of their own
that write to the disk. 80 % of the changes are updates as long as what they change, 12 % creations with 3 to 8 KB of text
(prices have none), 8 % deletions. Created products have no SKU, so they wait aside, and their prices with them.

First at a steady rate: a probe that shares nothing with the worker learns from the org what was committed when, and asks
PostgreSQL until the row shows it. Then the peak: events pile up on the bus and are let go at once, so that the org, which
shares the processors, need not make them meanwhile. Beside it, in the same run and by the same client and decoder, **the plain design**: one BullMQ job per event,
queued by the batch, and one Prisma upsert per job. It keeps no order among changes of a record, and what is lost with
Redis is lost.`,
  decode: `The same events, off the wire, decoded over and over; each contender in a process of its own, measured in processor time.
The rival is the decoding of \`salesforce-pubsub-api-client\` as it is. Umbra's result is in canonical form already
(decimals and instants as text, compounds taken apart).`,
  fleet: `One backlog of events worked off by one, two and four workers on one machine. They share its processors: what is shown is
what each further worker costs, not how much faster a fleet is.`,
  reads: `The BFF beside a bare server that gives the same bytes, and beside the same question asked of the org itself.`,
  reconcile: `Faults of ten kinds planted in a shadow that nobody is told of: lost in silence by the stream, or damaged in the tables. The
ledger claims meanwhile that everything is there. How many are wrong is known, so what is counted as wrong and is right
shows as well. Beside the deep comparison (every row) and the chain of the night (delta, digests, id sweep, calculated
values): a backfill of the same rows, which says nothing of what was wrong. Calls and rows are those of Salesforce.`,
};

const head = `# Benchmarks

Each benchmark runs its rivals in the same run, in alternating order, several rounds, and quotes medians with their spread.
Ratios are taken within a round: single figures say more about the machine than about the program. This page is
generated; the runs behind it are in [tools/bench/results](../tools/bench/results).

\`\`\`sh
./umbra bench                        # all of them, a quarter of an hour
./umbra bench stream --minutes 5     # one of them; --help tells its flags
./umbra bench decode --profile       # with a processor profile of each program in .umbra/bench/profiles
./umbra bench --check                # fails when a ratio has fallen by more than a quarter against the stored one
./umbra bench --write                # stores the run and writes this page
\`\`\`

\`./umbra bench\` starts a PostgreSQL and a Redis of its own (durable, as in production) and an org of the given scale, and writes
tables and JSON to \`.umbra/bench\`. All parts share the processors, the simulated org included; its processor time is shown
apart.
`;

/** Writes the page from the stored runs, in the formatter's form. */
export function writePage(): void {
  const sections = benchmarks.flatMap((name) => {
    const report = readReport(resultsFolder, name);
    if (report === undefined) return [];
    const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return [`## ${title}\n\n${compared[name]}\n\n${renderReport(report)}\n`];
  });
  writeFileSync('docs/benchmarks.md', [head, ...sections].join('\n'));
  const files = ['docs/benchmarks.md', join(resultsFolder, '*.json')];
  execFileSync(process.execPath, [
    'node_modules/prettier/bin/prettier.cjs',
    '--write',
    '--log-level',
    'warn',
    ...files,
  ]);
}
