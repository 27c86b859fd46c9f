import { describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import { markedFields } from './change-bitmap.ts';
import { createChangeDecoder } from './change-decoder.ts';

const strings = { type: 'array', items: 'string' };
const header = {
  name: 'ChangeEventHeader',
  type: {
    type: 'record',
    name: 'ChangeEventHeader',
    fields: [
      { name: 'entityName', type: 'string' },
      { name: 'recordIds', type: strings },
      {
        name: 'changeType',
        type: { type: 'enum', name: 'ChangeType', symbols: ['CREATE', 'UPDATE', 'DELETE'] },
      },
      ...['changeOrigin', 'transactionKey'].map((name) => ({ name, type: 'string' })),
      { name: 'sequenceNumber', type: 'int' },
      ...['commitTimestamp', 'commitNumber'].map((name) => ({ name, type: 'long' })),
      { name: 'commitUser', type: 'string' },
      ...['nulledFields', 'diffFields', 'changedFields'].map((name) => ({ name, type: strings })),
    ],
  },
};
const field = (name: string, type: string, doc: string): object => ({
  name,
  type: ['null', type],
  doc,
  default: null,
});
const entrySchema = JSON.stringify({
  type: 'record',
  name: 'PricebookEntryChangeEvent',
  namespace: 'com.sforce.eventbus',
  fields: [
    header,
    field('Pricebook2Id', 'string', 'ForeignKey:EntityId'),
    field('Product2Id', 'string', 'ForeignKey:EntityId'),
    field('CurrencyIsoCode', 'string', 'Data:StaticEnum'),
    field('UnitPrice', 'double', 'Data:Currency'),
    field('IsActive', 'boolean', 'Data:Boolean'),
    field('UseStandardPrice', 'boolean', 'Data:Boolean'),
    field('CreatedDate', 'long', 'CreatedDate:DateTime'),
    field('CreatedById', 'string', 'ForeignKey:EntityId'),
    field('LastModifiedDate', 'long', 'Data:DateTime'),
    field('LastModifiedById', 'string', 'ForeignKey:EntityId'),
    field('IsArchived', 'boolean', 'Data:Boolean'),
  ],
});

const golden = Buffer.from(
  '1c5072696365626f6f6b456e747279022430317530303030303030303030303141414100024e636f6d2f73616c6573666f7263652f6170692f726573742f36322e303b636c69656e743d73696d4830303030376536642d313732302d373061302d343337392d66346463373435643262333202f0cdfdc8c0678680f6eebbc6b4ad31243030353030303030303030303030314141410000020c30783032313000000000020000000000b062400000000002f0cdfdc8c0670000',
  'hex',
);

describe('change event decoder', () => {
  it('reads the golden vector of a price update', () => {
    const { header: read, ...body } = createChangeDecoder(entrySchema).decode(golden);
    expect(read).toEqual({
      entityName: 'PricebookEntry',
      recordIds: ['01u000000000001AAA'],
      changeType: 'UPDATE',
      changeOrigin: 'com/salesforce/api/rest/62.0;client=sim',
      transactionKey: '00007e6d-1720-70a0-4379-f4dc745d2b32',
      sequenceNumber: 1,
      commitTimestamp: '2026-05-07T22:29:47.000Z',
      commitNumber: 1778192987716501507n,
      commitUser: '005000000000001AAA',
    });
    expect(body).toEqual({
      leaves: { UnitPrice: '149.5', LastModifiedDate: '2026-05-07T22:29:47.000Z' },
      changed: ['UnitPrice', 'LastModifiedDate'],
      nulled: [],
      diffed: [],
    });
  });

  it.each([
    ['cut short', golden.subarray(0, 100)],
    ['empty', Buffer.alloc(0)],
    ['with bytes behind the end', Buffer.concat([golden, Buffer.from([0])])],
    ['with an absurd text length', Buffer.from('feffffffffffffff7f', 'hex')],
    ['with an absurd count', Buffer.concat([golden.subarray(0, 15), Buffer.from('feffffffff1f00', 'hex')])],
    ['with a varint that does not end', Buffer.alloc(12, 0xff)],
  ])('refuses bytes %s', (_name, bytes) => {
    expect(() => createChangeDecoder(entrySchema).decode(bytes)).toThrow(
      expect.objectContaining({ code: 'SF_EVENT_UNDECODABLE' }),
    );
  });

  it('refuses a text that is no change event schema', () => {
    expect(() => createChangeDecoder('{"type":"record"}')).toThrow(UmbraError);
  });
});

describe('bitmaps', () => {
  it.each([
    [['0x400800'], [{ field: 11 }, { field: 22 }]],
    [
      ['0x400000', '4-0x01'],
      [{ field: 22 }, { field: 4, child: 0 }],
    ],
    [
      ['4-0x0a'],
      [
        { field: 4, child: 1 },
        { field: 4, child: 3 },
      ],
    ],
    [[], []],
  ])('%j', (elements, marked) => {
    expect(markedFields(elements)).toEqual(marked);
  });
});
