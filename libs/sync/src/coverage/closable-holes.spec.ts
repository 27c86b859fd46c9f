import { describe, expect, it } from '@jest/globals';
import { NO_VERSION, type Hole } from '@umbra/domain';
import { closableBy, seenUntil } from './closable-holes.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 2, 1, 12, minute));

function hole(id: bigint, openedAt: Date): Hole {
  const open = { version: null, closedAt: null, closedBy: null, recordId: null } as const;
  return { ...open, id, object: 'Account', scope: 'object', cause: 'operator-skip', from: at(0), openedAt };
}

/** A source whose clock is so many minutes ahead of ours, and holes that were opened at 20 and 30 past by ours. */
function deps(ahead: number): Parameters<typeof closableBy>[0] & Parameters<typeof seenUntil>[0] {
  const holes = [hole(1n, at(20)), hole(2n, at(30))];
  const refused = () => Promise.reject(new Error('not asked'));
  return {
    ledger: {
      openHoles: () => Promise.resolve(holes),
      open: refused,
      prove: refused,
      closeRecords: refused,
      extend: refused,
      intervals: refused,
    },
    streams: { streams: () => Promise.resolve([]), undecoded: () => Promise.resolve([]) },
    backfill: { clock: { now: () => at(40) } },
    sourceTime: (ours) => new Date(ours.getTime() + ahead * 60_000),
  };
}

async function closed(ahead: number, throughBySource: Date): Promise<readonly bigint[]> {
  const world = deps(ahead);
  const seen = seenUntil(world, throughBySource);
  const reach = { stamp: NO_VERSION, through: throughBySource, seenUntil: seen, from: null };
  return (await closableBy(world, 'Account', reach)).ids;
}

describe('the holes that a read closes', () => {
  it.each([-60, -10, 0, 10, 60])(
    'are those opened before what it shows, with the clock of the source %i minutes ahead',
    async (ahead) => {
      // What the read shows ends at 25 past by our clock, whatever the source calls that.
      expect(await closed(ahead, at(25 + ahead))).toEqual([1n]);
      expect(await closed(ahead, at(19 + ahead))).toEqual([]);
      expect(await closed(ahead, at(30 + ahead))).toEqual([1n, 2n]);
    },
  );
});
