import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Commit } from './commit.ts';
import { idOf } from './ids.ts';
import { openOrg } from './open-org.ts';
import type { Org } from './org.ts';

const FIRST = idOf('001', 1);
let org: Org;
let host: number;

beforeEach(() => {
  host = Date.UTC(2026, 2, 1);
  org = openOrg({ scale: 'demo', seed: 7, hostClock: () => host });
});
afterEach(() => org.close());

const rename = (Name: string, commitDelay = 0): ReturnType<Org['transact']> =>
  org.transact([{ op: 'update', object: 'Account', id: FIRST, fields: { Name } }], { commitDelay });
const nameNow = (): unknown => {
  const snapshot = org.read();
  const name = snapshot.get('Account', FIRST)?.['Name'];
  snapshot.release();
  return name;
};

describe('snapshots', () => {
  it('stay as they were, whatever is committed and however old they get', () => {
    const created =
      org.transact([{ op: 'create', object: 'Account', fields: { Name: 'Later' } }]).results[0]?.id ?? '';
    const original = nameNow();
    const held = org.read();
    const before = [...held.table('Account').csv({ columns: ['Id', 'Name'] })]
      .map(({ text }) => text)
      .join('');
    for (let i = 0; i < 5; i++) {
      rename(`Name ${i}`);
      host += 400_000;
    }
    org.transact([
      { op: 'delete', id: created },
      { op: 'hardDelete', id: idOf('001', 3) },
    ]);
    expect(held.get('Account', FIRST)?.['Name']).toBe(original);
    expect(held.get('Account', created)?.['IsDeleted']).toBe(false);
    expect(held.table('Account').count()).toBe(199);
    expect([...held.table('Account').csv({ columns: ['Id', 'Name'] })].map(({ text }) => text).join('')).toBe(
      before,
    );
    held.release();
    expect(nameNow()).toBe('Name 4');
  });

  it('each show their own moment of one record', () => {
    const held = [org.read()];
    const names = [nameNow()];
    for (const name of ['One', 'Two', 'Three']) {
      rename(name);
      names.push(name);
      held.push(org.read());
      host += 700_000;
    }
    rename('Four');
    expect(held.map((snapshot) => snapshot.get('Account', FIRST)?.['Name'])).toEqual(names);
    for (const snapshot of held) snapshot.release();
    expect(org.openSnapshots).toBe(0);
  });

  it('lag by knob', () => {
    const original = nameNow();
    org.setKnobs({ readLag: 120 });
    rename('Fresh');
    host += 119_000;
    expect(nameNow()).toBe(original);
    host += 2_000;
    expect(nameNow()).toBe('Fresh');
    const truth = org.truth();
    expect(truth.seq).toBe(1);
    truth.release();
  });

  it('do not see hidden fields and rows, which the truth does', () => {
    org.schema.hideField('Account', 'Internet_Eligibility__c');
    org.setKnobs({ hideRows: { Account: 0.3 } });
    const api = org.read();
    const truth = org.truth();
    const visible = api.table('Account').count();
    expect(visible).toBeGreaterThan(110);
    expect(visible).toBeLessThan(170);
    expect([...api.table('Account').ordinals()]).toHaveLength(visible);
    expect(() => api.table('Account').column('Internet_Eligibility__c')).toThrow('No such column');
    expect(truth.table('Account').count()).toBe(198);
    expect(truth.table('Account').column('Internet_Eligibility__c')(1)).toBe('FTTH');
    expect(api.table('Product2').count()).toBe(truth.table('Product2').count());
    api.release();
    truth.release();
  });
});

describe('a commit delay', () => {
  it('keeps the stamp, delays the visibility, and does not hold up others', () => {
    const commits: Commit[] = [];
    org.onCommit((commit) => commits.push(commit));
    const late = rename('Late', 480);
    expect(late).toMatchObject({ commit: undefined, results: [{ success: true }] });
    const stamp = org.clock.now();
    host += 200_000;
    org.transact([{ op: 'update', object: 'Account', id: idOf('001', 2), fields: { Name: 'Quick' } }]);
    expect(nameNow()).not.toBe('Late');
    expect(rename('Third').results[0]?.errors[0]).toMatchObject({
      statusCode: 'UNABLE_TO_LOCK_ROW',
      message: `unable to obtain exclusive access to this record or 1 records: ${FIRST}`,
    });
    host += 280_000;
    expect(nameNow()).toBe('Late');
    expect(commits.map(({ seq, commitTimestamp }) => [seq, commitTimestamp])).toEqual([
      [1, stamp + 200_000],
      [2, stamp],
    ]);
    expect((commits[1]?.commitNumber ?? 0n) > (commits[0]?.commitNumber ?? 0n)).toBe(true);
    expect(commits[1]?.visibleAt).toBe(stamp + 480_000);
    expect(rename('Third').results[0]?.success).toBe(true);
  });

  it('ends when the clock is advanced', () => {
    rename('Later', 60);
    org.clock.advance(60_000);
    expect(org.history.length).toBe(1);
  });
});
