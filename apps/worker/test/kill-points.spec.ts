import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ChangeLog, LaneTransaction } from '@umbra/domain';
import { buildProgram } from '@umbra/testing';
import { killPoints, parseKillPoint, passingOf } from '../test-build/kill-points.ts';
import { overlay } from '../test-build/overlay.ts';
import { profileOf } from '../test-build/short-profile.ts';

const dist = join(import.meta.dirname, '../../../dist');
const bundleOf = (app: string): string =>
  readdirSync(join(dist, app))
    .filter((file) => /\.(js|map)$|^meta\.json$/.test(file))
    .map((file) => readFileSync(join(dist, app, file), 'utf8'))
    .join('\n');

describe('kill points', () => {
  beforeAll(async () => {
    await buildProgram('worker');
    await buildProgram('worker-test');
  });

  it('sec-52: the product holds neither them nor a way to arm them', () => {
    const product = bundleOf('worker');
    // The others are words that the product uses for other things.
    const telling = killPoints.filter((point) => point.includes('-'));
    expect(telling.length).toBeGreaterThan(8);
    for (const point of telling) expect([point, product.includes(point)]).toEqual([point, false]);
    expect(product).not.toMatch(/UMBRA_KILL_POINT|UMBRA_TEST_PROFILE|kill-points|test-build|SIGKILL/);
  });

  it('the test build holds all of them', () => {
    const built = bundleOf('worker-test');
    for (const point of killPoints) expect(built).toContain(`"${point}"`);
    expect(built).toContain('UMBRA_KILL_POINT');
  });

  it('are armed by name, and by the pass that kills', () => {
    expect(parseKillPoint('merged')).toEqual({ point: 'merged', pass: 1 });
    const kills: number[] = [];
    let passes = 0;
    const passing = passingOf(parseKillPoint('merged:3'), () => kills.push(passes));
    for (passes = 1; passes <= 5; passes++) {
      passing('received');
      passing('merged');
    }
    expect(kills).toEqual([3]);
  });

  it.each(['', 'unknown', 'merged:0', 'merged:x', 'merged:1:2'])('%j arms nothing', (text) => {
    expect(() => parseKillPoint(text)).toThrow(expect.objectContaining({ code: 'INPUT_CONFIGURATION' }));
    expect(() => profileOf('long')).toThrow(expect.objectContaining({ code: 'INPUT_CONFIGURATION' }));
  });

  it('leave the state of what they wrap where it is', async () => {
    class Lane implements Pick<ChangeLog, 'laggingLanes'> {
      #calls = 0;
      laggingLanes() {
        this.#calls += 1;
        return Promise.resolve([{ lane: this.#calls, upTo: 1n }]);
      }
      withLanes<T>(
        _lanes: readonly number[],
        work: (tx: LaneTransaction) => Promise<T>,
      ): Promise<T | undefined> {
        return work({} as LaneTransaction);
      }
    }
    const wrapped = overlay(new Lane(), { withLanes: () => Promise.resolve(undefined) });
    await wrapped.laggingLanes();
    expect(await wrapped.laggingLanes()).toEqual([{ lane: 2, upTo: 1n }]);
    expect(await wrapped.withLanes([1], () => Promise.resolve(1))).toBeUndefined();
  });
});
