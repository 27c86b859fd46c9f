import { join } from 'node:path';
import { endWithReader, runCommandLine } from '@umbra/platform';
import { opsProgram } from './program.ts';

endWithReader(process.stdout);
const ops = opsProgram({
  stdout: process.stdout,
  stderr: process.stderr,
  backfillProgram: join(import.meta.dirname, '..', 'bff', 'salesforce-backfill-shadow.js'),
});
process.exitCode = await runCommandLine(
  ops.program,
  { words: process.argv.slice(2), stderr: process.stderr },
  ops.exitCode,
);
