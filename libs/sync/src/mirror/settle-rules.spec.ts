import { describe, expect, it } from '@jest/globals';
import { field, MemoryOrg, smallOrgFieldMap as fieldMap } from '@umbra/testing';
import { settleRules } from './settle-rules.ts';

function without(org: MemoryOrg, object: string, ...names: string[]): void {
  const describe = org.describes[object];
  if (describe === undefined) throw new RangeError(object);
  org.describes[object] = {
    ...describe,
    fields: describe.fields.filter(({ name }) => !names.includes(name)),
  };
}

describe('the rules of a deployment', () => {
  it('fit an org that has every field; a default currency is not needed, and not used', async () => {
    const org = new MemoryOrg();
    expect(await settleRules(org, fieldMap, 'EUR')).toEqual({
      rules: { fieldMap, defaultCurrency: null },
      warnings: [],
    });
  });

  it('need a default currency where prices carry none', async () => {
    const org = new MemoryOrg();
    without(org, 'PricebookEntry', 'CurrencyIsoCode');
    await expect(settleRules(org, fieldMap, null)).rejects.toMatchObject({
      code: 'SYNC_CURRENCY_MISSING',
      message: expect.stringContaining('SF_DEFAULT_CURRENCY'),
    });
    expect(await settleRules(org, fieldMap, 'EUR')).toMatchObject({ rules: { defaultCurrency: 'EUR' } });
  });

  it('are refused with every missing field at once', async () => {
    const org = new MemoryOrg();
    without(org, 'Product2', 'StockKeepingUnit', 'VPN_Region__c');
    without(org, 'Account', 'Internet_Eligibility__c');
    await expect(settleRules(org, fieldMap, null)).rejects.toMatchObject({
      code: 'SF_FIELD_MISSING',
      problems: [
        expect.stringContaining('StockKeepingUnit'),
        expect.stringContaining('VPN_Region__c'),
        expect.stringContaining('Internet_Eligibility__c'),
      ],
    });
  });

  it('warn of a mapped formula', async () => {
    const org = new MemoryOrg();
    without(org, 'Product2', 'VPN_Region__c');
    const describe = org.describes['Product2'];
    if (describe === undefined) throw new RangeError('Product2');
    org.describes['Product2'] = {
      ...describe,
      fields: [...describe.fields, field('VPN_Region__c', 'string', { calculated: true })],
    };
    const { warnings } = await settleRules(org, fieldMap, null);
    expect(warnings).toEqual([expect.stringContaining('VPN_Region__c')]);
  });
});
