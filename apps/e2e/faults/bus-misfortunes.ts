import { strict as assert } from 'node:assert';
import type { FaultCase, Trial } from './fault-case.ts';

/** Sets knobs of the event bus. */
export async function stream({ arena }: Trial, patch: Record<string, unknown>): Promise<void> {
  await arena.org.control('PATCH', '/pubsub/knobs', patch);
}

/** Highest epoch of any topic. */
export async function epoch({ arena }: Trial): Promise<number> {
  const [row] = await arena.database.rows<{ n: number }>('SELECT max(epoch)::int AS n FROM sf_stream');
  return row?.n ?? 0;
}

/** Changes as this pressure makes them: some rounds of edits, and some seconds of load where there is time for them. */
async function press(trial: Trial, rounds: number): Promise<void> {
  const running = trial.pressure.name === 'test' ? undefined : await trial.load(8);
  await trial.edit(rounds);
  if (running !== undefined) trial.figure('changes', await running.done());
}

/** Rows 4, 5, 7 and 14: what comes over the bus comes twice, in the wrong order, without content, or in a new shape. */
export const busMisfortunes: readonly FaultCase[] = [
  {
    row: 4,
    title: 'a whole suffix once more, under new replay ids',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      const before = await epoch(trial);
      await press(trial, 8);
      await trial.arena.org.control('POST', '/pubsub/replay-suffix', { n: trial.chance.between(100, 400) });
      await trial.edit(1);
      await trial.converged();
      assert.equal(await epoch(trial), before, 'late and repeated events raise no epoch');
    },
  },
  {
    row: 5,
    title: 'events out of order inside a topic',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      const before = await epoch(trial);
      await stream(trial, { shuffle: trial.chance.between(2, trial.pressure.name === 'test' ? 30 : 500) });
      await press(trial, 8);
      await stream(trial, { shuffle: 0 });
      await trial.converged();
      assert.equal(await epoch(trial), before, 'events out of order raise no epoch');
    },
  },
  {
    row: 7,
    title: 'gaps in place of changes, and texts as diffs',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      await stream(trial, { gapEvents: trial.pressure.name === 'test' ? 0.3 : 0.05, diffText: true });
      await press(trial, 6);
      await stream(trial, { gapEvents: 0, diffText: false });
    },
  },
  {
    row: 14,
    title: 'a field added in mid-stream',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      const { arena, chance, edit, seed } = { ...trial, seed: trial.chance.seed };
      await edit(2);
      const field = `Colour_${seed}_${chance.between(1, 1e6)}__c`;
      const added = { change: 'add', object: 'Product2', field, type: 'string', length: 40 };
      await arena.org.control('POST', '/schema', added);
      const fields = { [field]: 'blue', Name: `Painted ${chance.between(1, 1e6)}` };
      await arena.org.transact([{ op: 'update', object: 'Product2', id: '01t5g0000000001AAA', fields }]);
      await press(trial, 2);
    },
  },
];
