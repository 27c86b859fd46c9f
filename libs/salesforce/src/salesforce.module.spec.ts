import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import type { Clock } from '@umbra/domain';
import { systemClock } from '@umbra/platform';
import { RecordingLog, RecordingMeter } from '@umbra/testing';
import { testSettings } from '../test/open-for-test.ts';
import {
  BULK_SOURCE,
  LIVE_READS,
  RECORD_SOURCE,
  SALESFORCE,
  SalesforceModule,
  SalesforceRequestQueueService,
  type Salesforce,
} from './index.ts';

const CLOCK = Symbol('Clock');

class ClockModule {}

describe('SalesforceModule', () => {
  it('provides the queue and the three doors, and closes them with the app', async () => {
    const clock = {
      module: ClockModule,
      providers: [{ provide: CLOCK, useValue: systemClock }],
      exports: [CLOCK],
    };
    const salesforceModule = SalesforceModule.registerAsync({
      imports: [clock],
      inject: [CLOCK],
      useFactory: (injected: Clock) => ({
        settings: testSettings('http://127.0.0.1:1'),
        ports: { clock: injected, log: new RecordingLog(), meter: new RecordingMeter() },
      }),
    });
    const app = await Test.createTestingModule({ imports: [salesforceModule] }).compile();
    await app.init();
    const opened = app.get<Salesforce>(SALESFORCE);
    expect(app.get(SalesforceRequestQueueService)).toBe(opened.queue);
    expect(app.get(BULK_SOURCE)).toBe(opened.bulk);
    expect(app.get(RECORD_SOURCE)).toBe(opened.records);
    expect(app.get(LIVE_READS)).toBe(opened.live);
    await app.close();
    await expect(opened.records.count('Account', [], 'catalogue')).rejects.toMatchObject({
      message: 'The connection to Salesforce is being closed',
    });
  });
});
