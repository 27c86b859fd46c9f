import { describe, expect, it } from '@jest/globals';
import { RecordingLog } from '@umbra/testing';
import { testSettings } from '../../test/open-for-test.ts';
import { credentialsOf } from './credentials.ts';

describe('sec-45: the audience of an assertion', () => {
  it.each([
    ['https://login.salesforce.com', 'https://login.salesforce.com'],
    ['https://acme.my.salesforce.com', 'https://login.salesforce.com'],
    ['https://test.salesforce.com', 'https://test.salesforce.com'],
    ['https://acme--uat.sandbox.my.salesforce.com', 'https://test.salesforce.com'],
    ['https://sandbox.my.salesforce.com.acme.my.salesforce.com', 'https://login.salesforce.com'],
    ['http://127.0.0.1:4100', 'https://login.salesforce.com'],
  ])('%s: %s', (loginUrl, audience) => {
    expect(credentialsOf(testSettings(loginUrl), new RecordingLog())).toMatchObject({ audience });
  });

  it('is the one that is set', () => {
    const settings = testSettings('https://test.salesforce.com', { jwtAudience: 'https://acme.my.site.com' });
    expect(credentialsOf(settings, new RecordingLog())).toMatchObject({
      audience: 'https://acme.my.site.com',
    });
  });
});
