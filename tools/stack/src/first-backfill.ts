import { join } from 'node:path';
import { runOps } from './run-ops.ts';
import { nodeProgram, type StackContext } from './stack-context.ts';

/** The part of `ops status --json` that is read here. */
interface Status {
  readonly postgres: {
    readonly facts: {
      readonly objects: readonly { readonly coveredAt: string | null }[];
      readonly runs: readonly { readonly state: string }[];
    };
  };
}

/**
 * What a database still needs before it can answer. A run that stopped half-way is taken up where it stopped; one
 * that never began cannot be.
 */
export function decideFirstBackfill({ postgres: { facts } }: Status): 'none' | 'new' | 'resume' {
  if (facts.objects.every(({ coveredAt }) => coveredAt !== null)) return 'none';
  return facts.runs.some(({ state }) => state === 'running' || state === 'failed') ? 'resume' : 'new';
}

/**
 * Fills the tables of a database that was never filled. Later starts leave that to the worker and to the person.
 * @throws StackFailure with the backfill's own exit code
 */
export async function firstBackfill(context: StackContext): Promise<void> {
  const need = decideFirstBackfill((await runOps(context, ['status'])) as Status);
  if (need === 'none') return;
  context.say(need === 'resume' ? 'resuming the first backfill' : 'backfilling the shadow tables');
  context.follow('backfill', join(context.paths.logs, 'backfill.log'));
  const flags = need === 'resume' ? ['--resume'] : [];
  const script = 'dist/bff/salesforce-backfill-shadow.js';
  await context.supervisor.runToEnd(nodeProgram(context, 'backfill', script, flags));
}
