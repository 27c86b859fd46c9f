import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { allowed, forbidden, type Plant } from './plants.ts';

interface Verdict extends Omit<Plant, 'rule'> {
  readonly fired: readonly string[];
}

describe('import fence', () => {
  let verdicts: readonly Verdict[];

  beforeAll(() => {
    const output = execFileSync(process.execPath, ['tools/checks/src/fence/lint-plants.ts'], {
      encoding: 'utf8',
    });
    verdicts = JSON.parse(output.slice(output.indexOf('[{'))) as Verdict[];
  });

  const fired = (plant: Omit<Plant, 'rule'>): readonly string[] =>
    verdicts.find((verdict) => verdict.file === plant.file && verdict.imports === plant.imports)?.fired ?? [
      'was not linted',
    ];

  it.each(forbidden.map((plant) => [plant.file, plant.imports, plant] as const))(
    '%s may not import %s',
    (_file, _imports, plant) => {
      expect(fired(plant)).toContain(plant.rule);
    },
  );

  it.each(allowed.map((plant) => [plant.file, plant.imports, plant] as const))(
    '%s may import %s',
    (_file, _imports, plant) => {
      expect(fired(plant)).toEqual([]);
    },
  );
});
