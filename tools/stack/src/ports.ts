import { createServer } from 'node:net';
import { exitCode, StackFailure } from './failure.ts';

/** Loopback only: nothing that `up` starts may be reached from another machine. */
export const loopback = '127.0.0.1';

/** True when a listener could be opened on this loopback port a moment ago. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await tryListen(port)) !== undefined;
}

/** A port that the kernel picks. Another process may take it before it is used; callers retry. */
export async function anyFreePort(): Promise<number> {
  const port = await tryListen(0);
  if (port === undefined) throw new StackFailure('No free TCP port on 127.0.0.1.');
  return port;
}

/**
 * Chooses where a process listens.
 * @param wish.variable names the environment variable, for the message
 * @param wish.set the variable's value; a port that was asked for is never moved
 * @param wish.preferred kept from an earlier run, or the default; moves upwards when taken
 * @throws StackFailure 78 when the set value is no port, 69 when it is taken
 */
export async function choosePort(wish: {
  readonly variable: string;
  readonly set?: string | undefined;
  readonly preferred: number;
  readonly avoid?: ReadonlySet<number>;
}): Promise<number> {
  if (wish.set !== undefined && wish.set !== '') {
    const port = parsePort(wish.variable, wish.set);
    if (await isPortFree(port)) return port;
    throw new StackFailure(
      `Port ${port} is taken, and ${wish.variable} asks for it. ` +
        `Stop the process that listens there, or set ${wish.variable} to another port.`,
    );
  }
  for (let port = wish.preferred; port < Math.min(wish.preferred + 200, 65_536); port += 1) {
    if (!wish.avoid?.has(port) && (await isPortFree(port))) return port;
  }
  return anyFreePort();
}

export function parsePort(variable: string, value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (port < 1 || port > 65_535) {
    throw new StackFailure(
      `${variable} is ${JSON.stringify(value)}, which is no TCP port (1 to 65535).`,
      exitCode.configuration,
    );
  }
  return port;
}

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((settle) => {
    const server = createServer();
    server.unref();
    server.once('error', () => settle(undefined));
    server.listen({ port, host: loopback, exclusive: true }, () => {
      const address = server.address();
      server.close(() => settle(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
