import { describe, expect, it } from '@jest/globals';
import { isDirty, isOlderThanItsStamp, type MergeInput, type RecordState } from '../../src/index.ts';
import { arrive, everyOrder, histories, range, subsets } from './arrangements.ts';
import { depth } from './depth.ts';
import { equalsTruth, eventOf, gapOf, instant, readOf, stampAt, type History } from './history.ts';

const N = 4;
const all = range(1, N);
/** Times decide nothing in the merge; only the guard of S6 looks at them, so only there must they always vary. */
const ticks = depth > 1 ? [0, 1] : [0];

function eventsOf(history: History, which: readonly number[], epoch = 1): MergeInput[] {
  return which.map((k) => eventOf(history, k, epoch));
}

/** Reads that saw `k` commits and are stamped `j`, at most what they saw. */
const reads = range(0, N).flatMap((seen) => range(0, seen).map((stamp) => ({ seen, stamp })));

class Tally {
  cases = 0;
  readonly wrong: string[] = [];

  check(
    history: History,
    state: RecordState | undefined,
    about: () => string,
    holds: (state: RecordState | undefined) => boolean = (end) => equalsTruth(history, end),
  ): void {
    this.cases++;
    if (!holds(state)) {
      this.wrong.push(
        `${history.commits.map((c) => `${c.op} ${JSON.stringify(c.set)}`).join(' | ')}: ${about()}`,
      );
    }
  }
}

describe('every history of four commits on two leaves', () => {
  it('S1: in order, with one read at any time, and any suffix replayed', () => {
    const tally = new Tally();
    for (const history of histories(N, ticks)) {
      for (const { seen, stamp } of reads) {
        const read = readOf(history, seen, stampAt(stamp, 1));
        for (const from of range(1, N + 1)) {
          const stream = eventsOf(history, [...all, ...range(from, N)]);
          for (const at of range(0, stream.length)) {
            const state = arrive(undefined, [...stream.slice(0, at), read, ...stream.slice(at)]);
            tally.check(
              history,
              state,
              () => `read ${String(seen)}@${String(stamp)} at ${String(at)}, replay from ${String(from)}`,
            );
          }
        }
      }
    }
    expect(tally.wrong).toEqual([]);
    expect(tally.cases).toBeGreaterThan(80_000);
  });

  it('S2: any permutation of the events and one read', () => {
    const tally = new Tally();
    for (const history of histories(N, ticks)) {
      for (const { seen, stamp } of reads) {
        const read = readOf(history, seen, stampAt(stamp, 1));
        const inputs = [...eventsOf(history, all), ...(read === undefined ? [] : [read])];
        for (const state of everyOrder(undefined, inputs)) {
          tally.check(history, state, () => `read ${String(seen)}@${String(stamp)}`);
        }
      }
    }
    expect(tally.wrong).toEqual([]);
    expect(tally.cases).toBeGreaterThan(200_000);
  });

  it('S3: a backfill while older events are no longer available', () => {
    const tally = new Tally();
    for (const history of histories(N, ticks)) {
      for (const missed of range(0, N - 1)) {
        for (const { seen, stamp } of reads) {
          if (seen < missed || (stamp !== 0 && stamp < missed)) continue;
          const read = readOf(history, seen, stampAt(stamp, 1));
          const inputs = [...eventsOf(history, range(missed + 1, N)), ...(read === undefined ? [] : [read])];
          for (const state of everyOrder(undefined, inputs)) {
            tally.check(
              history,
              state,
              () => `first ${String(missed)} missed, read ${String(seen)}@${String(stamp)}`,
            );
          }
        }
      }
    }
    expect(tally.wrong).toEqual([]);
    expect(tally.cases).toBeGreaterThan(200_000);
  });

  it('S4: any events lost, then reconciled; S8: and the delivered events once more', () => {
    const tally = new Tally();
    for (const history of histories(N, ticks)) {
      const reconcile = readOf(history, N, stampAt(N, 1));
      for (const delivered of subsets(all)) {
        for (const before of everyOrder(undefined, eventsOf(history, delivered))) {
          const state = arrive(before, [reconcile]);
          tally.check(history, state, () => `delivered ${String(delivered)}`);
          const replayed = arrive(state, eventsOf(history, delivered));
          tally.check(history, replayed, () => `delivered ${String(delivered)}, twice`);
        }
      }
    }
    expect(tally.wrong).toEqual([]);
    expect(tally.cases).toBeGreaterThan(20_000);
  });

  it('S5: one event lost, reconciled under any older stamp, and read again where that changed nothing', () => {
    const tally = new Tally();
    let afterOnePass = 0;
    for (const history of histories(N, ticks)) {
      for (const lost of all) {
        const delivered = eventsOf(
          history,
          all.filter((k) => k !== lost),
        );
        for (const stamp of range(0, N)) {
          const first = arrive(undefined, [...delivered, readOf(history, N, stampAt(stamp, 1))]);
          const settled = equalsTruth(history, first);
          if (!settled) afterOnePass++;
          const second = settled ? first : arrive(first, [readOf(history, N, stampAt(N, 2))]);
          tally.check(history, second, () => `lost ${String(lost)}, first pass @${String(stamp)}`);
        }
      }
    }
    expect(tally.wrong).toEqual([]);
    // The second pass is needed: an older event above the first stamp outlives the first pass.
    expect(afterOnePass).toBeGreaterThan(0);
  });

  it('S6: a read older than its stamp is read again; only changes of one second escape the guard', () => {
    let sameSecond = 0;
    let requeued = 0;
    let cases = 0;
    for (const history of histories(N, [0, 1])) {
      for (const seen of range(1, N)) {
        for (const stamp of range(seen + 1, N)) {
          cases++;
          const stamped = stampAt(stamp, 1);
          const read = readOf(history, seen, stamped) as MergeInput;
          const logged = all.map((k) => ({
            version: eventOf(history, k).version,
            committedAt: instant(history.commits[k - 1]?.at ?? 0),
          }));
          const again = isOlderThanItsStamp(read, logged);
          if (again) requeued++;
          const judged = again ? readOf(history, N, stampAt(N, 2)) : read;
          const state = arrive(undefined, [...eventsOf(history, all), judged]);
          if (equalsTruth(history, state)) continue;
          expect(history.commits[stamp - 1]?.at).toBe(history.commits[seen - 1]?.at);
          sameSecond++;
        }
      }
    }
    expect({ cases, requeued, sameSecond }).toMatchInlineSnapshot(`
     {
       "cases": 7728,
       "requeued": 4991,
       "sameSecond": 1539,
     }
    `);
  });

  it('S7: an event replaced by a gap, and the record read again', () => {
    const tally = new Tally();
    for (const history of histories(N, ticks)) {
      for (const gap of all) {
        for (const { seen, stamp } of reads) {
          if (stamp < gap) continue;
          const inputs = eventsOf(
            history,
            all.filter((k) => k !== gap),
          );
          const refresh = readOf(history, seen, stampAt(stamp, 1)) as MergeInput;
          for (const state of everyOrder(undefined, [...inputs, gapOf(history, gap), refresh])) {
            tally.check(
              history,
              state,
              () => `gap ${String(gap)}, read ${String(seen)}@${String(stamp)}`,
              (end) => equalsTruth(history, end) && end !== undefined && !isDirty(end),
            );
          }
        }
      }
    }
    expect(tally.wrong).toEqual([]);
    expect(tally.cases).toBeGreaterThan(200_000);
  });

  it('S9: the epoch is raised, events come again from the earliest, the old backlog is still pending', () => {
    const tally = new Tally();
    for (const history of histories(N, ticks)) {
      for (const received of range(0, N)) {
        for (const from of range(1, N)) {
          // What was neither received before the raise nor is replayed after it must have been seen by the read.
          for (const seen of range(Math.max(received, from - 1), N)) {
            const reread = readOf(history, seen, stampAt(0, 1, 2));
            const old = eventsOf(history, range(1, received), 1);
            const renewed = [
              ...eventsOf(history, range(from, N), 2),
              ...(reread === undefined ? [] : [reread]),
            ];
            for (const pending of range(0, received)) {
              const applied = arrive(undefined, old.slice(0, pending));
              for (const state of everyOrder(applied, renewed)) {
                const end = arrive(state, old.slice(pending));
                tally.check(
                  history,
                  end,
                  () =>
                    `epoch raised after ${String(received)}, replay from ${String(from)}, read ${String(seen)}`,
                );
              }
            }
          }
        }
      }
    }
    expect(tally.wrong).toEqual([]);
    expect(tally.cases).toBeGreaterThan(200_000);
  });
});
