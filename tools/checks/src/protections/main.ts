import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { readProtections, type Protection } from './protection.ts';
import { SECURITY_PAGE, withSeenFailing } from './security-page.ts';
import { TreeCopy } from './tree-copy.ts';
import { Trials, type Verdict } from './trial.ts';

interface Options {
  readonly only?: readonly number[];
  readonly test?: string;
  readonly write: boolean;
}

const options = new Command('protections')
  .description(
    'Takes the protections of docs/security.md out of a copy of the tree, one by one, and runs the tests that have to notice. Exit code 1 when one does not.',
  )
  .option('--only <numbers>', 'requirements, with commas between', (text) => text.split(',').map(Number))
  .option('--test <part>', 'only where the path of the test contains this')
  .option('--write', 'note today in docs/security.md for requirements whose tests all noticed', false)
  .addHelpText(
    'after',
    '\nExamples:\n  $ ./umbra protections\n  $ ./umbra protections --only 20,21\n  $ ./umbra protections --only 17 --test libs/platform',
  )
  .parse()
  .opts<Options>();

const chosen = readProtections().filter(
  ({ requirement, test }) =>
    (options.only?.includes(requirement) ?? true) && test.includes(options.test ?? ''),
);
if (chosen.length === 0) {
  console.error('Nothing is protected under these numbers and names. See docs/security.md.');
  process.exit(64);
}

const verdicts = tryAll(chosen);
const noticed = verdicts.filter(({ outcome }) => outcome === 'seen failing');
console.log(`\n${noticed.length} of ${verdicts.length} seen failing`);
if (options.write) await writeDay(verdicts);
if (noticed.length < verdicts.length) process.exitCode = 1;

/** What runs that were killed have left. */
function sweep(): void {
  for (const name of readdirSync('.umbra')) {
    const [, pid] = /^protections\.(\d+)$/.exec(name) ?? [];
    if (pid === undefined) continue;
    try {
      process.kill(Number(pid), 0);
    } catch {
      rmSync(`.umbra/${name}`, { recursive: true });
    }
  }
}

function tryAll(protections: readonly Protection[]): Verdict[] {
  sweep();
  using copy = new TreeCopy(`.umbra/protections.${process.pid}`);
  copy.build([...new Set(protections.flatMap(needsApps))]);
  const trials = new Trials(copy);
  return protections.map((protection) => {
    const started = performance.now();
    const verdict = trials.try(protection);
    const seconds = ((performance.now() - started) / 1_000).toFixed(0);
    const { requirement, test, without } = protection;
    console.log(
      `sec-${requirement}`.padEnd(7),
      verdict.outcome.padEnd(12),
      `${seconds} s`.padStart(5),
      ` ${test}, without ${without}`,
    );
    if (verdict.outcome !== 'seen failing')
      console.log(verdict.says.split('\n').slice(0, 25).join('\n').replaceAll(/^/gm, '    | '));
    return verdict;
  });
}

/** Tests that look at built apps need all of them from the start. */
function needsApps({ test, build }: Protection): readonly string[] {
  return test.startsWith('apps/e2e/') ? ['bff', 'worker', 'ops', 'simulator'] : build;
}

/** A requirement has been seen when every one of its protections was tried, and every test noticed. */
async function writeDay(seen: readonly Verdict[]): Promise<void> {
  const all = readProtections();
  const whole = new Set(all.map(({ requirement }) => requirement)).values().filter((number) => {
    const own = seen.filter(({ protection }) => protection.requirement === number);
    const due = all.filter(({ requirement }) => requirement === number);
    return own.length === due.length && own.every(({ outcome }) => outcome === 'seen failing');
  });
  const page = withSeenFailing(
    readFileSync(SECURITY_PAGE, 'utf8'),
    new Set(whole),
    new Date().toISOString().slice(0, 10),
  );
  writeFileSync(
    SECURITY_PAGE,
    await format(page, { ...(await resolveConfig(SECURITY_PAGE)), filepath: SECURITY_PAGE }),
  );
}
