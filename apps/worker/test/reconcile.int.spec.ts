import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { driftRows, mirroredObjectNames, noDrift, type MirroredObjectName } from '@umbra/domain';
import {
  pullDelta,
  reconcileObject,
  runBackfill,
  runNightly,
  type NightlyDeps,
  type ReconcileDepth,
  type StoredReconcileReport,
} from '@umbra/sync';
import { plantDrift, plantedKinds, type PlantedDrift } from '@umbra/testing';
import { openOrg, type OrgUnderTest } from './simulated-salesforce.ts';
import { withMirror, type MirrorUnderTest } from './with-mirror.ts';

let org: OrgUnderTest;
const { signal } = new AbortController();

beforeAll(async () => {
  org = await openOrg('--scale', 'demo', '--seed', '7');
});

afterEach(async () => {
  await org.control('PATCH', '/knobs', { hideRows: {} });
});

afterAll(() => org.close());

function deps({ deps: make, store }: MirrorUnderTest, owner = 'test'): NightlyDeps {
  const { bulk, records } = org.salesforce;
  return {
    backfill: { ...make(owner), bulk, records },
    comparison: store.comparison,
    ledger: store.ledger,
    upkeep: store.upkeep,
    reads: store.reads,
    streams: store.streamLog,
    tuning: { digestRows: 40, openRows: 40, calculatedRows: 0 },
  };
}

/** A complete shadow, and a stream that claims to have brought everything since. */
async function mirrored(under: MirrorUnderTest): Promise<void> {
  await runBackfill(deps(under).backfill, { objects: mirroredObjectNames });
}

async function claimUntilNow({ store }: MirrorUnderTest): Promise<void> {
  for (const object of mirroredObjectNames) {
    const from = await store.reads.coveredAt(object);
    if (from === undefined) throw new Error('nothing is proven');
    const interval = { object, facet: 'rows', via: 'stream', epoch: 0, runId: null } as const;
    await store.ledger.prove({ ...interval, from, to: new Date(Date.now() + 1_000) }, []);
  }
}

async function compared(
  under: MirrorUnderTest,
  depth: ReconcileDepth,
): Promise<Record<MirroredObjectName, StoredReconcileReport>> {
  const entries = [];
  for (const object of mirroredObjectNames)
    entries.push([object, await reconcileObject(deps(under), { object, depth, signal })] as const);
  return Object.fromEntries(entries) as Record<MirroredObjectName, StoredReconcileReport>;
}

const none = noDrift();

async function damaged(under: MirrorUnderTest): Promise<PlantedDrift> {
  for (const Name of ['binned', 'binned as well']) {
    const create = { op: 'create', object: 'Account', fields: { Name } };
    const { results } = await org.control<{ results: { id: string }[] }>('POST', '/transactions', {
      edits: [create],
    });
    await org.control('POST', '/transactions', { edits: [{ op: 'delete', id: results[0]?.id }] });
  }
  await mirrored(under);
  const damage = await plantDrift({ control: org.control, rows: under.db.rows }, 2);
  await claimUntilNow(under);
  return damage;
}

async function wrongPrices({ db }: MirrorUnderTest): Promise<number> {
  const [row] = await db.rows<{ n: number }>(
    `SELECT count(*)::int AS n FROM sf_pricebook_shadow
     WHERE unit_price <> (raw_payload ->> 'UnitPrice')::numeric`,
  );
  return row?.n ?? -1;
}

describe('comparison with Salesforce', () => {
  it('finds every planted fault by the deep pass, none besides, and repairs all of them', () =>
    withMirror(async (under) => {
      const { drift } = await damaged(under);
      const first = await compared(under, 'deep');
      for (const object of mirroredObjectNames) expect(first[object].drift).toEqual(drift[object]);
      const found = Object.values(drift).reduce((sum, one) => sum + driftRows(one) + one.calculated, 0);
      expect(found).toBeGreaterThanOrEqual(2 * plantedKinds.length);
      expect(first.Account.outcome).toBe('repaired');
      const again = await compared(under, 'deep');
      for (const report of Object.values(again)) {
        expect(report).toMatchObject({ outcome: 'equal', driftRows: 0, drift: none, inFlight: 0 });
        expect(report.hash).toMatch(/^[0-9a-f]{64}$/);
      }
      expect(await org.differences(under.store)).toEqual([]);
    }));

  it('finds at night what moves a stamp, a count or the list of ids', () =>
    withMirror(async (under) => {
      const { planted } = await damaged(under);
      const report = await runNightly(deps(under), { signal });
      expect(report.steps['delta Account']).toMatchObject({ outcome: 'complete' });
      const left = new Set((await org.differences(under.store)).map(({ recordId }) => recordId));
      const found = ['lost insert', 'lost update', 'ghost row', 'lost undelete', 'missed merge'] as const;
      for (const kind of [...found, 'truncated page'] as const)
        expect({ kind, left: planted[kind].filter((id) => left.has(id)) }).toEqual({ kind, left: [] });
      // A row that changed in place and moved nothing is for the deep comparison.
      expect(planted['formula change'].filter((id) => !left.has(id))).toEqual([]);
      expect(await wrongPrices(under)).toBe(1);
      await compared(under, 'deep');
      expect(await org.differences(under.store)).toEqual([]);
      expect(await wrongPrices(under)).toBe(0);
    }));

  it('takes nothing for deleted while a third of the rows is hidden, and says so', () =>
    withMirror(async (under) => {
      await mirrored(under);
      const before = await under.store.shadow.livingCount('Account');
      await org.control('PATCH', '/knobs', { hideRows: { Account: 0.3 } });
      const report = await reconcileObject(deps(under), { object: 'Account', depth: 'deep', signal });
      expect(report).toMatchObject({ outcome: 'halted', drift: none });
      expect(await under.store.shadow.livingCount('Account')).toBe(before);
      expect(under.log.lines.some(({ level }) => level === 'error')).toBe(true);
    }));

  it('brings a field back that was hidden for a while', () =>
    withMirror(async (under) => {
      await mirrored(under);
      await runNightly(deps(under), { signal, skip: ['delta', 'reconcile', 'calculated'] });
      await org.control('POST', '/schema', { change: 'hide', object: 'Account', field: 'Industry' });
      const cleaned = await runNightly(deps(under), { signal, skip: ['delta', 'reconcile', 'calculated'] });
      expect(cleaned.steps['clean-up Account']).toMatchObject({ appeared: [] });
      const held = `SELECT count(*)::int AS n FROM sf_account_eligibility_shadow WHERE raw_payload ? 'Industry'`;
      expect(await under.db.rows(held)).toEqual([{ n: 0 }]);
      await org.control('POST', '/schema', { change: 'show', object: 'Account', field: 'Industry' });
      const back = await runNightly(deps(under), { signal, skip: ['delta', 'reconcile', 'calculated'] });
      expect(back.steps['clean-up Account']).toMatchObject({ appeared: ['Industry'] });
      expect(await under.store.ledger.openHoles()).toMatchObject([{ cause: 'schema-changed' }]);
      await compared(under, 'deep');
      expect(await org.differences(under.store)).toEqual([]);
    }));
});

describe('a delta', () => {
  it('goes on where proof ended, whoever runs it and how often', () =>
    withMirror(async (under) => {
      await mirrored(under);
      const base = await under.store.reads.coveredAt('Account');
      const first = await pullDelta(deps(under), { object: 'Account', signal });
      const second = await pullDelta(deps(under, 'another'), { object: 'Account', signal });
      expect(first).toMatchObject({ outcome: 'complete', by: 'rest', driftRows: 0 });
      expect(Date.parse(second.since ?? '')).toBeGreaterThanOrEqual(
        Date.parse(first.through ?? '') - 600_000,
      );
      expect((await under.store.reads.coveredAt('Account'))?.getTime()).toBeGreaterThanOrEqual(
        base?.getTime() ?? Infinity,
      );
    }));

  it('reads by Bulk what is too much for REST, and proves nothing when rows are missing', () =>
    withMirror(async (under) => {
      await mirrored(under);
      await under.db.rows(`UPDATE sf_coverage SET to_at = '2010-01-01'`);
      await org.control('PATCH', '/knobs', { wrongCount: 1 });
      const bulk = { ...deps(under), tuning: { restRows: 10 } };
      const attempt = pullDelta(bulk, { object: 'Account', signal });
      await expect(attempt).rejects.toMatchObject({ code: 'SF_BULK_ROW_COUNT' });
      expect(await under.store.ledger.intervals('Account', 'rows')).toHaveLength(1);
      await org.control('PATCH', '/knobs', { wrongCount: 0 });
      expect(await pullDelta(bulk, { object: 'Account', signal })).toMatchObject({ by: 'bulk' });
      expect(await under.store.ledger.intervals('Account', 'rows')).toHaveLength(2);
    }));

  it('is one at a time, and another process may take over what was left', () =>
    withMirror(async (under) => {
      await mirrored(under);
      const taken = { owner: 'somebody', seconds: 60, withinSeconds: 3600 };
      const run = await under.store.upkeep.take('delta', 'Account', taken);
      const busy = pullDelta(deps(under), { object: 'Account', signal });
      await expect(busy).rejects.toMatchObject({ code: 'SYNC_BUSY' });
      await under.db.shiftClock(61_000);
      await pullDelta(deps(under), { object: 'Account', signal });
      await expect(under.store.upkeep.finish(run?.id ?? '', 'somebody', {})).rejects.toMatchObject({
        code: 'SYNC_BUSY',
      });
    }));
});
