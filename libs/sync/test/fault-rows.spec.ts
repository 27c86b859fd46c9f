import { describe, expect, it } from '@jest/globals';
import { firstSeed } from './depth.ts';
import { liveThrough } from './world/fault-life.ts';
import { faultLives } from './world/fault-lives.ts';

/** Lives per row in the ordinary suite; `umbraRowSeeds` asks for more, and `./umbra torture` does. */
const SEEDS = Number((globalThis as { umbraRowSeeds?: number }).umbraRowSeeds ?? 2);

describe('faults inside one process', () => {
  it.each(faultLives.map((life) => [life.row, life.fault, life] as const))(
    'row %d: %s',
    async (_row, _fault, life) => {
      const failed: string[] = [];
      for (let seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
        const wrong = await liveThrough(life, seed);
        if (wrong.length > 0) failed.push(`seed ${String(seed)}: ${wrong.slice(0, 4).join('; ')}`);
      }
      expect(failed).toEqual([]);
    },
    600_000,
  );
});
