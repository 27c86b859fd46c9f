import { readFileSync } from 'node:fs';
import { advisoryProblems, exceptionsSchema } from './advisories.ts';
import { installedPackages } from './installed-packages.ts';
import { refreshSnapshot } from './refresh-advisories.ts';

/**
 * `node tools/checks/src/supply-chain/nightly.ts`: asks the registry, then judges. Exit code 1 when something is due, 69
 * when the registry does not answer, in which case the snapshot stays as it is and nothing is judged by an older one.
 */
const now = new Date();
const installed = installedPackages();
try {
  const snapshot = await refreshSnapshot(installed, { registry: 'https://registry.npmjs.org', now });
  const exceptions = exceptionsSchema.parse(
    JSON.parse(readFileSync('tools/checks/advisories/exceptions.json', 'utf8')),
  );
  const problems = advisoryProblems(installed, snapshot, exceptions, now);
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) process.exitCode = 1;
} catch (error) {
  const { message, cause } = error as Error;
  console.error(
    `The registry cannot be asked: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`,
  );
  process.exitCode = 69;
}
