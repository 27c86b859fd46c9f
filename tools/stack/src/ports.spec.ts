import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import { anyFreePort, choosePort, isPortFree, loopback, parsePort } from './ports.ts';

const servers: Server[] = [];

async function occupied(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, loopback, listening));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((closed) => server.close(closed));
});

describe('a port that was asked for', () => {
  it('is used when it is free', async () => {
    const port = await anyFreePort();
    expect(await choosePort({ variable: 'BFF_PORT', set: String(port), preferred: 3000 })).toBe(port);
  });

  it('is never moved: taken is an error that names the variable and says what to do', async () => {
    const port = await occupied();
    await expect(
      choosePort({ variable: 'BFF_PORT', set: String(port), preferred: 3000 }),
    ).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringMatching(
        new RegExp(`Port ${port} is taken, and BFF_PORT asks for it\\..*BFF_PORT`),
      ),
    });
  });

  it.each(['0', '65536', 'http', '80 ', '-1', '3000.5', ''])('is refused when it is %j', (text) => {
    expect(() => parsePort('WORKER_PORT', text)).toThrow(
      expect.objectContaining({ exitCode: 78, message: expect.stringContaining('WORKER_PORT') }),
    );
  });
});

describe('a port that nobody asked for', () => {
  it('moves to the next free one', async () => {
    const taken = await occupied();
    const chosen = await choosePort({ variable: 'BFF_PORT', preferred: taken });
    expect(chosen).toBeGreaterThan(taken);
    expect(await isPortFree(chosen)).toBe(true);
  });

  it('leaves alone what another part of the same start has chosen', async () => {
    const preferred = await anyFreePort();
    const chosen = await choosePort({ variable: 'WORKER_PORT', preferred, avoid: new Set([preferred]) });
    expect(chosen).not.toBe(preferred);
  });
});
