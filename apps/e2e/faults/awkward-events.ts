import { strict as assert } from 'node:assert';
import { eventually } from '../harness/eventually.ts';
import { epoch, stream } from './bus-misfortunes.ts';
import type { FaultCase, Trial } from './fault-case.ts';
import { noOpenHole } from './killed-workers.ts';

/** Status code of gRPC. */
const UNAVAILABLE = 14;

const product = (n: number): string => `01t5g000000000${n}AAA`;

async function holes({ arena }: Trial): Promise<readonly string[]> {
  const rows = await arena.database.rows<{ hole: string }>(
    `SELECT DISTINCT scope || ' ' || cause AS hole FROM sf_hole WHERE closed_at IS NULL ORDER BY 1`,
  );
  return rows.map(({ hole }) => hole);
}

async function undecoded({ arena }: Trial): Promise<number> {
  const [row] = await arena.database.rows<{ n: number }>(
    'SELECT count(*)::int AS n FROM sf_raw_event WHERE NOT decoded',
  );
  return row?.n ?? 0;
}

/** Runs `work` while the statements are in force, and takes them back whatever becomes of it. */
async function under(
  { arena: { database } }: Trial,
  { begin, end }: { readonly begin: readonly string[]; readonly end: readonly string[] },
  work: () => Promise<void>,
): Promise<void> {
  for (const statement of begin) await database.rows(statement);
  try {
    await work();
  } finally {
    for (const statement of end) await database.rows(statement);
  }
}

/** Row 11: one replay id, two events. */
const sharedReplayIds: FaultCase = {
  row: 11,
  title: 'one replay id for two events',
  tier: 'test',
  seeds: 1,
  async drive(trial) {
    await stream(trial, { duplicateReplayId: 0.5 });
    await trial.edit(4);
    await trial.arena.org.control('POST', '/pubsub/end-streams', { status: UNAVAILABLE });
    await trial.edit(2);
  },
};

/** Row 13: events that cannot be read now, and events that nobody will ever read. */
const unreadable: readonly FaultCase[] = [
  {
    row: 13,
    title: 'a schema that nobody can have for a while',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      const { org } = trial.arena;
      const before = await epoch(trial);
      const field = `Hidden_${trial.chance.between(1, 1e9)}__c`;
      await org.control('POST', '/schema', {
        change: 'add',
        object: 'Product2',
        field,
        type: 'string',
        length: 9,
      });
      const schemas = await org.control<{ object: string; schemaId: string }[]>('GET', '/pubsub/schemas');
      await stream(trial, {
        hideSchemas: schemas.flatMap(({ object, schemaId }) => (object === 'Product2' ? schemaId : [])),
      });
      await trial.edit(2);
      await eventually('events are kept without being understood', 20_000, async () => {
        assert.ok((await undecoded(trial)) > 0);
        assert.ok((await holes(trial)).includes('object undecodable'));
      });
      await stream(trial, { hideSchemas: [] });
      await eventually('they are read from the log', 30_000, async () => {
        assert.equal(await undecoded(trial), 0);
      });
      await trial.converged();
      await noOpenHole(trial);
      assert.equal(await epoch(trial), before, 'it is not taken for a refused position');
    },
  },
  {
    row: 13,
    title: 'a payload that no schema fits',
    tier: 'test',
    seeds: 1,
    convergesWithinSeconds: 90,
    excused: { 'no-loss': 'what the bytes said is read by id or in full, never from the log' },
    async drive(trial) {
      const before = await epoch(trial);
      await stream(trial, { corruptNext: 1 });
      await trial.edit(3);
      await trial.converged();
      assert.equal(await undecoded(trial), 1, 'its bytes are kept');
      assert.equal(await epoch(trial), before);
    },
  },
];

/** Row 14: the shape of events changes while they come. */
const reshaped: FaultCase = {
  row: 14,
  title: 'fields inserted in the middle, retyped and removed in mid-stream',
  tier: 'test',
  seeds: 1,
  convergesWithinSeconds: 90,
  async drive(trial) {
    const { org } = trial.arena;
    const field = `Shape_${trial.chance.between(1, 1e9)}__c`;
    const change = { object: 'Product2', field } as const;
    const write = async (value: string | number): Promise<void> => {
      await org.transact([{ op: 'update', object: 'Product2', id: product(2), fields: { [field]: value } }]);
      await trial.edit(1);
    };
    await org.control('POST', '/schema', {
      change: 'add',
      ...change,
      type: 'string',
      length: 40,
      before: 'Description',
    });
    await write('12');
    await org.control('POST', '/schema', {
      change: 'retype',
      ...change,
      type: 'double',
      precision: 18,
      scale: 2,
    });
    await write(12.5);
    await org.control('POST', '/schema', { change: 'remove', ...change });
    await trial.edit(2);
  },
};

/** So many, and four of them at least were set back, two of each kind. */
const STATEMENTS = 80;

/** Row 46: the server gives up one statement in twenty, as it does when transactions meet. */
const serverConflicts: FaultCase = {
  row: 46,
  title: 'one statement in twenty ends in a deadlock or a serialisation failure',
  tier: 'test',
  seeds: 1,
  async drive(trial) {
    const tables = ['sf_product_shadow', 'sf_pricebook_shadow', 'sf_lane_applied', 'sf_raw_event'];
    const conflicts = {
      begin: [
        'CREATE SEQUENCE e2e_conflicts',
        `CREATE FUNCTION e2e_conflict() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           CASE nextval('e2e_conflicts') % 40
             WHEN 0 THEN RAISE EXCEPTION 'set back' USING ERRCODE = '40P01';
             WHEN 20 THEN RAISE EXCEPTION 'set back' USING ERRCODE = '40001';
             ELSE RETURN NULL;
           END CASE;
         END $$`,
        ...tables.map(
          (table) => `CREATE TRIGGER e2e_conflict AFTER INSERT OR UPDATE ON ${table}
                      FOR EACH STATEMENT EXECUTE FUNCTION e2e_conflict()`,
        ),
      ],
      end: [
        ...tables.map((table) => `DROP TRIGGER e2e_conflict ON ${table}`),
        'DROP FUNCTION e2e_conflict',
        'DROP SEQUENCE e2e_conflicts',
      ],
    };
    await under(trial, conflicts, async () => {
      let met = 0;
      for (let round = 0; round < 50 && met < STATEMENTS; round++) {
        await trial.edit(3);
        await trial.converged();
        const [row] = await trial.arena.database.rows<{ n: number }>(
          'SELECT last_value::int AS n FROM e2e_conflicts',
        );
        met = row?.n ?? 0;
      }
      trial.figure('statements', met);
      assert.ok(met >= STATEMENTS, `only ${met} statements could be set back`);
    });
    await noOpenHole(trial);
  },
};

/** Row 48: one record takes a third of all changes. */
const hotRecord: FaultCase = {
  row: 48,
  title: 'a third of all changes on one record',
  tier: 'test',
  seeds: 1,
  async drive(trial) {
    const { org } = trial.arena;
    const changes = trial.pressure.name === 'test' ? 150 : 3_000;
    for (let n = 0; n < changes; n++) {
      const fields = { Description: `hot ${n} ${trial.chance.seed}` };
      await org.transact([{ op: 'update', object: 'Product2', id: product(1), fields }]);
      if (n % (changes / 5) === 0) await trial.edit(1);
    }
  },
};

/** Row 49: nothing that is said of one record can be written, not even that something is wrong with it. */
const refusedRecord: FaultCase = {
  row: 49,
  title: 'a record that the tables refuse',
  tier: 'test',
  seeds: 1,
  async drive(trial) {
    const refusal = {
      begin: [
        `CREATE FUNCTION e2e_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF NEW.product_id = '${product(3)}' THEN RAISE EXCEPTION 'refused'; END IF;
           RETURN NEW;
         END $$`,
        `CREATE TRIGGER e2e_refuse BEFORE INSERT OR UPDATE ON sf_product_shadow
         FOR EACH ROW EXECUTE FUNCTION e2e_refuse()`,
      ],
      end: ['DROP TRIGGER e2e_refuse ON sf_product_shadow', 'DROP FUNCTION e2e_refuse'],
    };
    await under(trial, refusal, async () => {
      await trial.edit(3);
      await eventually('everything but that record is applied', 30_000, async () => {
        const [row] = await trial.arena.database.rows<{ records: string[] }>(
          `SELECT array_agg(DISTINCT record_id) AS records FROM sf_hole
           WHERE closed_at IS NULL AND scope = 'record' AND cause = 'poison'`,
        );
        assert.deepEqual(row?.records, [product(3)]);
        const [waiting] = await trial.arena.database.rows<{ n: number }>(
          `SELECT count(*)::int AS n FROM sf_change AS change JOIN sf_lane_applied AS at USING (stream_id, lane)
           WHERE (change.stream_seq, change.ord) > (at.applied_seq, at.applied_ord)`,
        );
        assert.equal(waiting?.n, 0);
      });
    });
    await trial.converged();
    await eventually('the read that repaired it is on record', 30_000, () => noOpenHole(trial));
  },
};

/** Row 55: values at the edge of what can be written down. */
const strangeValues: readonly FaultCase[] = [
  {
    row: 55,
    title: 'NUL, halves of surrogate pairs, every script, text as long as a field takes',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      const long = 'ё漢👩‍👩‍👧\\"\n'.repeat(2_000);
      const texts = [
        'a\u0000b',
        'half \ud83d of a pair',
        '\udc00',
        long,
        '\\u0000 is no NUL',
        "'); DROP TABLE x; --",
      ];
      const edits = texts.map((Description, n) => {
        return { op: 'update', object: 'Product2', id: product(1 + n), fields: { Description } } as const;
      });
      await trial.arena.org.transact(edits);
      await trial.edit(1);
      await trial.arena.org.transact(edits);
    },
  },
  {
    row: 55,
    title: 'eight hundred fields, and an event of almost a megabyte',
    tier: 'torture',
    seeds: 1,
    convergesWithinSeconds: 180,
    async drive(trial) {
      const { org } = trial.arena;
      const fields = Array.from({ length: 800 }, (_, n) => `Wide_${trial.chance.seed}_${n}__c`);
      for (const field of fields) {
        const added = { change: 'add', object: 'Account', field, type: 'textarea', length: 32_768 };
        await org.control('POST', '/schema', added);
      }
      const some = (count: number, size: number) =>
        Object.fromEntries(fields.slice(0, count).map((field) => [field, 'w'.repeat(size)]));
      const id = '0015g0000000001AAA';
      await org.transact([{ op: 'update', object: 'Account', id, fields: some(800, 40) }]);
      await org.transact([{ op: 'update', object: 'Account', id, fields: some(30, 31_000) }]);
      await trial.edit(2);
    },
  },
];

/** What a bus may carry and nobody likes to meet. */
export const awkwardEvents: readonly FaultCase[] = [
  sharedReplayIds,
  ...unreadable,
  reshaped,
  serverConflicts,
  hotRecord,
  refusedRecord,
  ...strangeValues,
];
