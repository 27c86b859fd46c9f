import { describe, expect, it } from '@jest/globals';
import type { DecodedChange } from '../ports/change-source.ts';
import { eventVersion } from '../version/stamp.ts';
import { changeInput, poisonInput } from './change-input.ts';

const change = {
  object: 'PricebookEntry',
  recordId: '01u000000000001AAA',
  version: eventVersion(1, 5n, 1),
  changeType: 'CREATE',
  committedAt: '2026-03-01T10:00:00.000Z',
} as const;
const decoded: DecodedChange = {
  header: {
    entityName: 'PricebookEntry',
    recordIds: [change.recordId],
    changeType: 'CREATE',
    changeOrigin: '',
    transactionKey: '',
    sequenceNumber: 1,
    commitTimestamp: change.committedAt,
    commitNumber: 5n,
    commitUser: '005000000000007AAA',
  },
  leaves: { UnitPrice: '9.5' },
  changed: ['UnitPrice', 'Formula__c'],
  nulled: ['UseStandardPrice', 'Formula__c'],
  diffed: ['Formula__c'],
};
const revision = {
  revision: 4,
  leaves: new Set(['UnitPrice', 'UseStandardPrice', 'CreatedDate', 'CreatedById', 'LastModifiedDate']),
};

describe('the statement of a change', () => {
  it("takes from the header what a price's CREATE leaves out, as far as the schema has it", () => {
    expect(changeInput(change, decoded, revision)).toMatchObject({
      kind: 'create',
      revision: 4,
      leaves: {
        UnitPrice: '9.5',
        CreatedDate: change.committedAt,
        LastModifiedDate: change.committedAt,
        CreatedById: '005000000000007AAA',
      },
    });
  });

  it('of an update names only leaves that the mirror keeps a version of', () => {
    expect(changeInput({ ...change, changeType: 'UPDATE' }, decoded, revision)).toMatchObject({
      kind: 'update',
      changed: ['UnitPrice'],
      nulled: ['UseStandardPrice'],
      diffed: [],
    });
  });

  it.each([
    ['GAP_CREATE', 'create'],
    ['GAP_UPDATE', 'update'],
    ['GAP_UNDELETE', 'undelete'],
    ['GAP_DELETE', 'delete'],
  ])('%s is a gap', (changeType, gap) => {
    expect(changeInput({ ...change, changeType }, decoded, revision)).toMatchObject({
      kind: 'gap',
      change: gap,
    });
  });

  it('of a type that nobody knows cannot be told', () => {
    expect(() => changeInput({ ...change, changeType: 'SHUFFLE' }, decoded, revision)).toThrow(RangeError);
    expect(poisonInput(change)).toEqual({
      kind: 'poison',
      object: change.object,
      recordId: change.recordId,
      version: change.version,
      modifiedAt: change.committedAt,
    });
  });
});
