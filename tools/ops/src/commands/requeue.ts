import { once } from 'node:events';
import { jobs, UmbraError, type JobName } from '@umbra/domain';
import { createLogger, loadEnv, redisSection, type EnvSource } from '@umbra/platform';
import { checkRedis, connectFast, FailedJobs, type FailedJob } from '@umbra/redis';
import { table, type Output, type Streams } from '../output.ts';

export interface RequeueOptions {
  readonly job?: string;
  readonly limit: string;
  readonly dryRun: boolean;
}

/**
 * Puts jobs back that were tried in vain and kept, newest first. Jobs are pointers, so one that runs again does what is
 * needed now, not what was needed then.
 * @throws UmbraError INPUT_INVALID, QUEUE_*, INPUT_CONFIGURATION
 */
export async function runRequeue(
  options: RequeueOptions,
  source: EnvSource,
  output: Output,
  streams: Streams,
): Promise<void> {
  const { limit, name } = parse(options);
  const { env } = loadEnv({ redis: redisSection }, source);
  const url = env.redis.url.reveal();
  await checkRedis({ url });
  const { log } = createLogger({ service: 'ops', level: 'error', sink: streams.stderr });
  const redis = connectFast({ url, name: 'ops', log });
  const failed = new FailedJobs({ redis });
  try {
    if (redis.status !== 'ready') await once(redis, 'ready', { signal: AbortSignal.timeout(5_000) });
    const found = await failed.list(name, limit);
    const requeued = options.dryRun ? [] : await failed.requeue(found.map(({ id }) => id));
    output.answer({ requeued, ...(options.dryRun ? { dryRun: true, would: found } : {}) }, () =>
      options.dryRun ? plan(found) : `Put back: ${requeued.length} of ${found.length} failed jobs.`,
    );
  } finally {
    await failed.close();
    redis.disconnect();
  }
}

function parse({ job, limit }: RequeueOptions): {
  readonly name: JobName | undefined;
  readonly limit: number;
} {
  const names = Object.keys(jobs) as JobName[];
  const name = names.find((known) => known === job);
  const problems = [
    ...(job !== undefined && name === undefined ? [`--job takes ${names.join(', ')}`] : []),
    ...(/^[1-9]\d{0,5}$/.test(limit) ? [] : ['--limit takes a whole number from 1 to 999999']),
  ];
  if (problems.length > 0)
    throw new UmbraError('INPUT_INVALID', 'The command line is not understood', { problems });
  return { name, limit: Number(limit) };
}

function plan(found: readonly FailedJob[]): string {
  if (found.length === 0) return 'No failed job is kept.';
  const rows = found.map(({ attempts, code, failedAt, id, job }) => [
    id,
    job,
    code,
    String(attempts),
    failedAt?.toISOString() ?? '',
  ]);
  return `Would put back:\n${table(['ID', 'JOB', 'CODE', 'ATTEMPTS', 'FAILED'], rows)}`;
}
