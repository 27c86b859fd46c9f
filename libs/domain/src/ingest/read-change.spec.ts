import { describe, expect, it } from '@jest/globals';
import type { ChangeHeader } from '../ports/change-source.ts';
import { eventVersion } from '../version/stamp.ts';
import { readChange } from './read-change.ts';

const header: ChangeHeader = {
  entityName: 'Account',
  recordIds: ['001000000000001AAA'],
  changeType: 'UPDATE',
  changeOrigin: '',
  transactionKey: 't',
  sequenceNumber: 2,
  commitTimestamp: '2026-03-01T10:00:00.000Z',
  commitNumber: 1_778_192_987_716_501_587n,
  commitUser: '005000000000001AAA',
};
const version = eventVersion(3, header.commitNumber, 2);
const from = new Date('2026-03-01T09:00:00.000Z');

describe('what an event says to the log', () => {
  it('is one change for each record that it names, all with one version', () => {
    const recordIds = ['001000000000001AAA', '001000000000002', '001000000000001AAA'];
    const { changes, holes } = readChange(3, { header: { ...header, recordIds } });
    expect(changes.map(({ recordId }) => recordId)).toEqual(['001000000000001AAA', '001000000000002AAA']);
    expect(new Set(changes.map((change) => change.version))).toEqual(new Set([version]));
    expect(holes).toEqual([]);
  });

  it('is a hole over the object for a wildcard; its text is never a record', () => {
    const read = readChange(3, { header: { ...header, recordIds: ['001*', '001000000000001AAA'] } });
    expect(read.changes).toHaveLength(1);
    expect(read.holes).toEqual([{ object: 'Account', cause: 'wildcard', from, version }]);
  });

  it.each([
    ['GAP_OVERFLOW', ['000000000000000AAA']],
    ['GAP_UPDATE', ['000000000000000AAA']],
    ['GAP_UPDATE', []],
  ])('is a hole for an overflow (%s, %j)', (changeType, recordIds) => {
    const read = readChange(3, { header: { ...header, changeType, recordIds } });
    expect(read).toEqual({ changes: [], holes: [{ object: 'Account', cause: 'overflow', from, version }] });
  });

  it('is nothing when the object is not mirrored', () => {
    expect(readChange(3, { header: { ...header, entityName: 'Order' } })).toEqual({ changes: [], holes: [] });
  });
});
