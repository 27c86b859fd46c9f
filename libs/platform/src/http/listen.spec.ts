import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { listen } from './listen.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

function open(port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, host, () => {
      servers.push(server);
      resolve(server);
    });
  });
}

async function takenPort(): Promise<number> {
  const address = (await open(0, '127.0.0.1')).address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('listen', () => {
  it('moves on from a taken port that nobody set', async () => {
    const taken = await takenPort();
    const port = await listen(open, { host: '127.0.0.1', port: taken, setBy: undefined });
    expect(port).toBeGreaterThan(taken);
  });

  it('refuses a taken port that was set, naming the variable', async () => {
    const port = await takenPort();
    await expect(listen(open, { host: '127.0.0.1', port, setBy: 'BFF_PORT' })).rejects.toMatchObject({
      code: 'INPUT_PORT_TAKEN',
      message: expect.stringContaining('BFF_PORT'),
    });
  });

  it('refuses an address that is not of this machine', async () => {
    await expect(listen(open, { host: '192.0.2.1', port: 0, setBy: 'BFF_PORT' })).rejects.toMatchObject({
      code: 'INPUT_CONFIGURATION',
    });
  });
});
