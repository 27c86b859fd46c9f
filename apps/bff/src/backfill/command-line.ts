import { endWithReader, runCommandLine } from '@umbra/platform';
import { backfillCommand } from './command.ts';

const stopping = new AbortController();
let signals = 0;
const onSignal = (): void => {
  signals += 1;
  // Once more means now: the page under way rolls back, and --resume reads it again.
  if (signals > 1) process.exit(75);
  process.stderr.write('\nstopping after the page under way; once more stops at once\n');
  stopping.abort();
};
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);

endWithReader(process.stdout);
const command = backfillCommand({ stdout: process.stdout, stderr: process.stderr, signal: stopping.signal });
process.exitCode = await runCommandLine(
  command.program,
  { words: process.argv.slice(2), stderr: process.stderr },
  command.exitCode,
);
