import { mkdirSync } from 'node:fs';
import { KeptPorts } from '../kept-ports.ts';
import { stackPaths } from '../paths.ts';
import { RunState } from '../run-state.ts';
import { bringPostgres, bringRedis } from '../stack-services.ts';
import { Supervisor } from '../supervisor.ts';

/** PostgreSQL and Redis alone, left running. A later `up` takes them over, `down` stops them. */
export async function services(): Promise<void> {
  const paths = stackPaths();
  for (const folder of [paths.data, paths.logs]) mkdirSync(folder, { recursive: true });
  const context = {
    paths,
    environment: process.env,
    scale: 'demo',
    supervisor: new Supervisor(new RunState(paths.stateFile), paths.logs),
    ports: new KeptPorts(paths.data),
    say: (line: string) => process.stderr.write(`umbra: ${line}\n`),
    follow: () => undefined,
  } as const;
  const parts = [await bringPostgres(context), await bringRedis(context)];
  const variables = Object.fromEntries(parts.flatMap((part) => Object.entries(part.variables)));
  process.stdout.write(`${JSON.stringify(variables)}\n`);
}
