import { RecordingLog, tlsContract } from '@umbra/testing';
import { Secret, systemClock } from '@umbra/platform';
import { Exchange } from '../src/http/exchange.ts';
import { UrlGuard } from '../src/http/url-guard.ts';
import { PubsubSource } from '../src/index.ts';

tlsContract({
  name: 'Salesforce (REST, Bulk, sign-in)',
  async connect(port) {
    const loginUrl = `https://localhost:${port}`;
    const guard = new UrlGuard({ loginUrl, instanceHosts: ['.salesforce.com'], log: new RecordingLog() });
    const exchange = new Exchange(guard);
    try {
      await exchange.send({
        method: 'POST',
        url: `${loginUrl}/services/oauth2/token`,
        headers: { authorization: 'Bearer secret' },
        body: 'secret',
        signal: AbortSignal.timeout(5_000),
        headersTimeoutMs: 5_000,
        bodyTimeoutMs: 5_000,
      });
    } finally {
      await exchange.close();
    }
  },
});

tlsContract({
  name: 'Pub/Sub API',
  async connect(port) {
    const session = {
      token: new Secret('secret'),
      instanceUrl: 'https://acme.my.salesforce.com',
      orgId: '00D000000000001AAA',
      userId: '005000000000001AAA',
    };
    const source = new PubsubSource({
      endpoint: `localhost:${port}`,
      insecure: false,
      clock: systemClock,
      sessions: {
        current: () => Promise.resolve(session),
        replace: () => Promise.resolve(session),
        accepted: () => undefined,
      },
    });
    try {
      await source.schema('A'.repeat(22));
    } finally {
      source.close();
    }
  },
});
