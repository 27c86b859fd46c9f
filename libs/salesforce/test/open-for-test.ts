import { generateKeyPairSync } from 'node:crypto';
import type { BudgetLedger, Clock, FleetText, SharedBudget, SharedSlots } from '@umbra/domain';
import { Secret, systemClock, type SalesforceSettings } from '@umbra/platform';
import { RecordingLog, RecordingMeter } from '@umbra/testing';
import { openSalesforce, type Salesforce } from '../src/index.ts';
import type { SessionExchange } from '../src/auth/session.ts';

export const testKeys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** Settings of a client that signs in by JWT bearer at `loginUrl`. */
export function testSettings(
  loginUrl: string,
  changes: Partial<SalesforceSettings> = {},
): SalesforceSettings {
  return {
    loginUrl,
    clientId: 'umbra-test',
    username: 'integration@umbra.test',
    privateKey: new Secret(testKeys.privateKey),
    privateKeyFile: undefined,
    jwtAudience: undefined,
    clientSecret: undefined,
    apiVersion: '62.0',
    instanceHosts: ['.salesforce.com', '.force.com'],
    apiDailySharePercent: 80,
    apiLongCalls: 5,
    ...changes,
  };
}

export interface TestSalesforce extends Salesforce {
  readonly log: RecordingLog;
  readonly meter: RecordingMeter;
}

export interface TestPorts {
  readonly clock?: Clock;
  readonly ledger?: BudgetLedger;
  readonly budget?: SharedBudget;
  readonly slots?: SharedSlots;
  readonly texts?: FleetText;
  readonly sessionExchange?: SessionExchange;
}

/** Back-off of tests: time stands still for nobody, but nobody sleeps. */
export const hastyClock: Clock = {
  ...systemClock,
  sleep: async (_ms, signal) => {
    signal?.throwIfAborted();
    await Promise.resolve();
  },
};

export function openForTest(settings: SalesforceSettings, ports: TestPorts = {}): TestSalesforce {
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const salesforce = openSalesforce(settings, { clock: hastyClock, log, meter, ...ports });
  return { ...salesforce, log, meter };
}
