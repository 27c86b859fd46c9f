import { readFileSync } from 'node:fs';
import { z } from 'zod';

const program = z.object({
  command: z.string(),
  args: z.array(z.string()),
  uid: z.number().optional(),
  gid: z.number().optional(),
});

const schema = z.object({
  databaseUrl: z.string(),
  adminDatabaseUrl: z.string(),
  redisUrl: z.string(),
  /** The program behind `redisUrl`, for tests that need a server of their own. */
  redisServer: z.object({ command: z.string(), libraryPath: z.string().nullable() }).optional(),
  /** The programs behind `databaseUrl`, whose account may enter `folder`; what lies there goes with the run. */
  postgresServer: z
    .object({
      initdb: program,
      postgres: program,
      account: z.object({ uid: z.number(), gid: z.number() }).nullable(),
      folder: z.string(),
    })
    .optional(),
});

export type TestServices = z.infer<typeof schema>;

/** Where this run's PostgreSQL and Redis are. @throws when the run was started without them */
export function testServices(): TestServices {
  // eslint-disable-next-line n/no-process-env -- jest's global set-up has no other way to reach its workers
  const file = process.env['UMBRA_TEST_SERVICES'];
  if (file === undefined || file === '') {
    throw new Error(
      'UMBRA_TEST_SERVICES is not set: run jest from the root, and list @umbra/testing in the package.json of this project.',
    );
  }
  return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
