import { FakeClock, RecordingLog, tlsContract } from '@umbra/testing';
import { IssuerKeys } from './issuer-keys.ts';

tlsContract({
  name: 'the issuer of tokens',
  async connect(port) {
    const keys = new IssuerKeys({
      url: new URL(`https://localhost:${port}/keys`),
      clock: new FakeClock(),
      log: new RecordingLog(),
    });
    try {
      await keys.keyFor({ alg: 'RS256', kid: 'one' });
    } finally {
      await keys.close();
    }
  },
});
