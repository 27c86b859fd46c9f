import type { Socket } from 'node:net';
import { tlsContract } from '@umbra/testing';
import { createStore } from '../src/index.ts';

/** PostgreSQL asks for TLS in clear (SSLRequest, 8 bytes) and is told `S`. Source: PostgreSQL manual, "SSL Session Encryption". */
function agreeToTls(socket: Socket): Promise<void> {
  return new Promise((settle) => {
    socket.once('data', () => {
      socket.write('S');
      settle();
    });
  });
}

tlsContract({
  name: 'PostgreSQL (verify-full)',
  greet: agreeToTls,
  async connect(port) {
    const store = createStore({
      databaseUrl: `postgresql://umbra:secret@localhost:${port}/umbra?sslmode=verify-full`,
      applicationName: 'tls-test',
      connectTimeoutMs: 5_000,
    });
    try {
      await store.check();
    } finally {
      await store.close();
    }
  },
});
