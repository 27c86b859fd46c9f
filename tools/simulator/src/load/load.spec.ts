import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../wire/start-simulator.ts';
import type { LoadState } from './load-generator.ts';
import { loadInput } from './load-input.ts';

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({ seed: 7 });
});
afterEach(() => simulator.close());

async function call(method: string, body?: unknown): Promise<LoadState> {
  const answer = await fetch(`${simulator.controlUrl}/load`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as LoadState;
}

/** Commits are told as they come, so nobody has to ask again and again. */
async function changes(count: number): Promise<void> {
  let seen = 0;
  await new Promise<void>((resolve) => {
    const stop = simulator.org.onCommit((commit) => {
      seen += commit.changes.length;
      if (seen < count) return;
      stop();
      resolve();
    });
  });
}

describe('the load generator', () => {
  it.each(['create', 'update', 'mixed'] as const)(
    'makes as many changes as it was told: %s',
    async (shape) => {
      const done = changes(300);
      await call('POST', { changesPerSecond: 3000, seconds: 0.1, shape, createSize: [100, 200] });
      await done;
      const state = await call('GET');
      expect(state).toMatchObject({
        changes: 300,
        transactions: 300,
        failed: 0,
        firstFailure: null,
        behind: 0,
      });
      const { create = 0, update = 0 } = state.byKind;
      if (shape === 'create') expect(create).toBe(300);
      if (shape === 'update') expect(update).toBe(300);
      if (shape === 'mixed') expect(Math.min(create, update)).toBeGreaterThan(10);
      expect(simulator.bus.counters.published).toBe(300);
    },
  );

  it('groups changes into transactions, favours a hot record, and stops when told', async () => {
    const done = changes(400);
    await call('POST', {
      objects: { Account: 1 },
      changesPerSecond: 100_000,
      seconds: 3600,
      perTransaction: 10,
      hotShare: 0.5,
      updateSize: [50, 100],
    });
    await done;
    const state = await call('DELETE');
    expect(state.running).toBe(false);
    expect(state.failed).toBe(0);
    expect(state.changes / state.transactions).toBe(10);
    const touched = new Map<string, number>();
    for (const commit of simulator.org.history.commits())
      for (const { recordId } of commit.changes) touched.set(recordId, (touched.get(recordId) ?? 0) + 1);
    const counts = [...touched.values()].sort((a, b) => b - a);
    expect(counts[0]).toBeGreaterThan(5 * (counts[1] ?? 0));
  });

  it('leads to the same org for the same seed', async () => {
    const other = await startSimulator({ seed: 7 });
    const load = loadInput.parse({
      changesPerSecond: 5000,
      seconds: 0.05,
      shape: 'mixed',
      createSize: [10, 50],
    });
    const facts = async (one: Simulator): Promise<unknown[]> => {
      const done = new Promise<void>((resolve) => {
        one.org.onCommit((commit) => {
          if (commit.seq === 250) resolve();
        });
      });
      one.load.start(load);
      await done;
      return [...one.org.history.commits()].flatMap((commit) =>
        commit.changes.map(({ recordId, changeType, after }) => [recordId, changeType, after['Phone']]),
      );
    };
    expect(await facts(other)).toEqual(await facts(simulator));
    await other.close();
  });
});
