import { readFileSync } from 'node:fs';
import { advisoryProblems, exceptionsSchema } from './advisories.ts';
import { installedPackages } from './installed-packages.ts';
import { refreshSnapshot } from './refresh-advisories.ts';

/** `node tools/checks/src/supply-chain/nightly.ts`: asks the registry, then judges; exit code 1 when something is due. */
const now = new Date();
const installed = installedPackages();
const snapshot = await refreshSnapshot(installed, { registry: 'https://registry.npmjs.org', now });
const exceptions = exceptionsSchema.parse(
  JSON.parse(readFileSync('tools/checks/advisories/exceptions.json', 'utf8')),
);
const problems = advisoryProblems(installed, snapshot, exceptions, now);
for (const problem of problems) console.log(problem);
if (problems.length > 0) process.exitCode = 1;
