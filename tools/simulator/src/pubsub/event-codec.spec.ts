import { describe, expect, it } from '@jest/globals';
import type { FieldSchema, ObjectSchema } from '../org/schema.ts';
import { changeEventSchema } from './change-event-schema.ts';
import { EventCodec } from './event-codec.ts';
import { defaultPubsubKnobs } from './pubsub-knobs.ts';

/** The entry's fields in the order of the published example schema. */
const order: readonly (readonly [string, FieldSchema['type']])[] = [
  ['Pricebook2Id', 'reference'],
  ['Product2Id', 'reference'],
  ['CurrencyIsoCode', 'picklist'],
  ['UnitPrice', 'currency'],
  ['IsActive', 'boolean'],
  ['UseStandardPrice', 'boolean'],
  ['CreatedDate', 'datetime'],
  ['CreatedById', 'reference'],
  ['LastModifiedDate', 'datetime'],
  ['LastModifiedById', 'reference'],
  ['IsArchived', 'boolean'],
];

const entry = {
  name: 'PricebookEntry',
  fields: order.map(([name, type]) => ({
    name,
    type,
    label: name,
    custom: false,
    compound: false,
    fieldId: undefined,
  })),
  field: () => undefined,
} as unknown as ObjectSchema;

const golden =
  '1c5072696365626f6f6b456e747279022430317530303030303030303030303141414100024e636f6d2f73616c6573666f7263652f6170692f726573742f36322e303b636c69656e743d73696d4830303030376536642d313732302d373061302d343337392d66346463373435643262333202f0cdfdc8c0678680f6eebbc6b4ad31243030353030303030303030303030314141410000020c30783032313000000000020000000000b062400000000002f0cdfdc8c0670000';

describe('change event bytes', () => {
  it('equal the golden vector of a price update with a 19-digit commit number', () => {
    const codec = new EventCodec(changeEventSchema(entry, () => false, defaultPubsubKnobs));
    const bytes = codec.encode(
      {
        entityName: 'PricebookEntry',
        recordIds: ['01u000000000001AAA'],
        changeType: 'UPDATE',
        changeOrigin: 'com/salesforce/api/rest/62.0;client=sim',
        transactionKey: '00007e6d-1720-70a0-4379-f4dc745d2b32',
        sequenceNumber: 1,
        commitTimestamp: 1778192987000n,
        commitNumber: 1778192987716501507n,
        commitUser: '005000000000001AAA',
      },
      {
        values: { UnitPrice: 149.5, LastModifiedDate: '2026-05-07T22:29:47.000+0000' },
        changed: ['UnitPrice', 'LastModifiedDate'],
        nulled: [],
        diffed: [],
      },
      false,
    );
    expect(bytes.toString('hex')).toBe(golden);
  });
});
