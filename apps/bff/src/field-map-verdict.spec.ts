import { describe, expect, it } from '@jest/globals';
import { UmbraError, type FleetText } from '@umbra/domain';
import { MemoryOrg, smallOrgFieldMap } from '@umbra/testing';
import { fieldMapVerdict } from './field-map-verdict.ts';

/** What a fleet shares, with the life that each text was given. */
class Shared implements FleetText {
  readonly texts = new Map<string, { readonly text: string; readonly lifeSeconds: number }>();

  async agree(
    name: string,
    usable: (text: string) => boolean,
    make: () => Promise<{ readonly text: string; readonly lifeSeconds: number }>,
  ): Promise<string> {
    const known = this.texts.get(name);
    if (known !== undefined && usable(known.text)) return known.text;
    const made = await make();
    this.texts.set(name, made);
    return made.text;
  }
}

describe('whether the configuration fits the org', () => {
  const member = (texts: FleetText, org: MemoryOrg, fieldMap = smallOrgFieldMap) => ({
    texts,
    name: JSON.stringify(fieldMap),
    records: org,
    fieldMap,
    defaultCurrency: null,
  });

  it('costs the fleet one look at the org, and another configuration one more', async () => {
    const [texts, org] = [new Shared(), new MemoryOrg()];
    expect(await fieldMapVerdict(member(texts, org))).toEqual({ warnings: [], unfit: null });
    const calls = org.callsMade();
    expect(calls).toBe(3);
    expect(await fieldMapVerdict(member(texts, org))).toEqual({ warnings: [], unfit: null });
    expect(org.callsMade()).toBe(calls);
    const other = { ...smallOrgFieldMap, Product2: { ...smallOrgFieldMap.Product2, sku: 'Sku__c' } };
    const { unfit } = await fieldMapVerdict(member(texts, org, other));
    expect(unfit).toMatchObject({ code: 'SF_FIELD_MISSING', problems: [expect.stringContaining('Sku__c')] });
  });

  it('is told with its problems to whoever did not ask, and forgotten soon when it does not', async () => {
    const [texts, org] = [new Shared(), new MemoryOrg()];
    const other = { ...smallOrgFieldMap, Product2: { ...smallOrgFieldMap.Product2, sku: 'Sku__c' } };
    const first = await fieldMapVerdict(member(texts, org, other));
    const calls = org.callsMade();
    const second = await fieldMapVerdict(member(texts, org, other));
    expect(second.unfit).toEqual(first.unfit);
    expect(second.unfit?.problems).toEqual(first.unfit?.problems);
    expect(org.callsMade()).toBe(calls);
    expect([...texts.texts.values()].map(({ lifeSeconds }) => lifeSeconds)).toEqual([30]);
  });

  it('is not said by an org that cannot be asked, nor by a text of somebody else', async () => {
    const [texts, org] = [new Shared(), new MemoryOrg()];
    org.onStep = () => {
      throw new UmbraError('SF_UNAVAILABLE', 'away');
    };
    await expect(fieldMapVerdict(member(texts, org))).rejects.toMatchObject({ code: 'SF_UNAVAILABLE' });
    org.onStep = () => undefined;
    texts.texts.set(`rules:${JSON.stringify(smallOrgFieldMap)}`, { text: '{"ok":1}', lifeSeconds: 1 });
    expect(await fieldMapVerdict(member(texts, org))).toEqual({ warnings: [], unfit: null });
    expect(org.callsMade()).toBeGreaterThan(3);
  });
});
