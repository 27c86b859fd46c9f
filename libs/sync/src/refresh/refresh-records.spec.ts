import { describe, expect, it } from '@jest/globals';
import { eventVersion, isDirty, type MergeInput } from '@umbra/domain';
import { buildAccount, field, MemoryOrg, recordId } from '@umbra/testing';
import { memoryMirror } from '../../test/memory-mirror.ts';
import { applyInputs } from '../apply/apply-inputs.ts';
import { refreshRecords } from './refresh-records.ts';

const id = recordId('001', 1);

function gapAt(commit: bigint): MergeInput {
  return {
    kind: 'gap',
    change: 'update',
    object: 'Account',
    recordId: id,
    version: eventVersion(0, commit, 1),
    modifiedAt: '2026-02-01T00:00:00.000Z',
  };
}

describe('refreshing records', () => {
  it('reads them by id, merges them and drops what was cached', async () => {
    const org = new MemoryOrg();
    const { mirror, shadow, invalidated } = memoryMirror();
    org.put(buildAccount({ Id: id }), buildAccount({ Id: recordId('001', 2), IsDeleted: true }));
    const result = await refreshRecords(mirror, org, 'Account', [id, id, recordId('001', 2)]);
    expect(result).toEqual({ read: 2, calls: 1 });
    expect(shadow.columns(id)).toEqual({ internet_eligibility: 'FTTH', eligibility_source: 'Address check' });
    expect(shadow.records.get(recordId('001', 2))?.home).toEqual({ kind: 'aside', reason: 'deleted' });
    expect(invalidated).toEqual([`eligibility:account:${id}`]);
  });

  it('resolves a gap only when it is stamped at or above it', async () => {
    const org = new MemoryOrg();
    const { mirror, shadow } = memoryMirror();
    org.put(buildAccount({ Id: id }));
    await applyInputs(mirror, 'Account', [gapAt(5n)]);
    await refreshRecords(mirror, org, 'Account', [id]);
    const state = () => {
      const found = shadow.records.get(id)?.state;
      if (found === undefined) throw new RangeError(id);
      return found;
    };
    expect(isDirty(state())).toBe(true);
    await refreshRecords(mirror, org, 'Account', [id], { atLeast: eventVersion(0, 5n, 1) });
    expect(isDirty(state())).toBe(false);
    expect(state().gapSince).toBeNull();
  });

  it('merges what is there and asks for another try when Salesforce does not show the rest', async () => {
    const org = new MemoryOrg();
    const { mirror, shadow } = memoryMirror();
    org.put(buildAccount({ Id: id }));
    await refreshRecords(mirror, org, 'Account', [id]);
    org.tableOf('Account').clear();
    org.put(buildAccount({ Id: recordId('001', 3) }));
    await expect(refreshRecords(mirror, org, 'Account', [id, recordId('001', 3)])).rejects.toMatchObject({
      code: 'SYNC_RECORD_NOT_VISIBLE',
      retry: 'later',
    });
    expect(shadow.records.get(recordId('001', 3))?.home.kind).toBe('main');
    // One answer without the record is no proof that it is gone.
    expect(shadow.records.get(id)?.home.kind).toBe('main');
  });

  it('asks for fewer records at a time the longer the list of fields is', async () => {
    const org = new MemoryOrg();
    const { mirror } = memoryMirror();
    const ids = Array.from({ length: 250 }, (_, i) => recordId('001', i + 1));
    for (const one of ids) org.put(buildAccount({ Id: one }));
    expect(await refreshRecords(mirror, org, 'Account', ids)).toEqual({ read: 250, calls: 2 });
    const account = org.describes['Account'];
    if (account === undefined) throw new RangeError('Account');
    const wide = Array.from({ length: 300 }, (_, i) => field(`A_rather_long_name_${String(i)}__c`, 'string'));
    org.describes['Account'] = { ...account, fields: [...account.fields, ...wide] };
    expect(await refreshRecords(mirror, org, 'Account', ids)).toEqual({ read: 250, calls: 25 });
  });
});
