// eslint-disable-next-line no-restricted-imports -- the same damage as in the tests, at another scale
import { plantDrift, plantedKinds, type PlantedDrift, type PlantedKind } from '@umbra/testing/servers';
import type { Stage } from '../harness/stage.ts';
import { repairedOf, type Found } from './repaired.ts';

export interface ObjectReport {
  readonly object: string;
  readonly driftRows: number;
  readonly rowsMoved: number;
  readonly drift: Readonly<Record<string, number>>;
  readonly calls: number;
}

/** What a deep comparison made of records of which it is known how many are wrong, and how. */
export interface Judged {
  /** Planted records, and those that are right again. */
  readonly planted: number;
  readonly repaired: number;
  /** Records that are wrong, those that the planting damaged besides among them. */
  readonly wrong: number;
  readonly found: number;
  /** Counted as wrong although they are not. */
  readonly false: number;
  /** Found by a second comparison. */
  readonly again: number;
  readonly byKind: Readonly<Record<PlantedKind, Found>>;
}

/** Faults planted in a shadow of which the ledger claims that a stream has brought everything, and what became of them. */
export class Planting {
  deep: Judged | undefined;
  night: Readonly<Record<PlantedKind, Found>> | undefined;
  readonly #stage: Stage;
  #damage: PlantedDrift | undefined;

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  static async over(stage: Stage): Promise<Planting> {
    await stage.client.query(
      'create table bench_price as select pricebook_entry_id as id, unit_price from sf_pricebook_shadow',
    );
    await stage.client.query('create index on bench_price (id)');
    return new Planting(stage);
  }

  /** @param faults of each kind */
  async plant(faults: number): Promise<void> {
    const { client, simulator } = this.#stage;
    this.#damage = await plantDrift(
      {
        control: (method, path, body) => simulator.control(method, path, body),
        rows: async <Row extends object>(text: string, values?: unknown[]) =>
          (await client.query(text, values)).rows as Row[],
      },
      faults,
    );
    await client.query(
      `insert into sf_coverage (object, facet, from_at, to_at, via, epoch)
       select object, 'rows', max(to_at), now() + interval '1 second', 'stream', 0
       from sf_coverage where facet = 'rows' group by object`,
    );
  }

  async judgeDeep(
    objects: readonly ObjectReport[],
    again: () => Promise<readonly ObjectReport[]>,
  ): Promise<void> {
    const { drift, planted } = this.#planted();
    const expected = Object.entries(drift).flatMap(([object, kinds]) =>
      Object.entries(kinds).map(([kind, wrong]) => {
        const found = objects.find((report) => report.object === object)?.drift[kind] ?? 0;
        return { wrong, found };
      }),
    );
    const sum = (of: (one: { wrong: number; found: number }) => number): number =>
      expected.reduce((total, one) => total + of(one), 0);
    const byKind = await repairedOf(this.#stage, planted);
    const all = Object.values(byKind);
    this.deep = {
      planted: all.reduce((total, one) => total + one.planted, 0),
      repaired: all.reduce((total, one) => total + one.repaired, 0),
      wrong: sum(({ wrong }) => wrong),
      found: sum(({ found, wrong }) => Math.min(found, wrong)),
      false: sum(({ found, wrong }) => Math.max(0, found - wrong)),
      again: (await again()).reduce((total, { driftRows }) => total + driftRows, 0),
      byKind,
    };
  }

  async judgeNight(): Promise<void> {
    this.night = await repairedOf(this.#stage, this.#planted().planted);
  }

  /** What was repaired, kind by kind. */
  notes(): string[] {
    const { deep, night } = this;
    if (deep === undefined || night === undefined) return [];
    const line = (kinds: Readonly<Record<PlantedKind, Found>>, which: readonly PlantedKind[]): string =>
      which.map((kind) => `${kind} ${kinds[kind].repaired} of ${kinds[kind].planted}`).join(', ');
    const whole = plantedKinds.filter((kind) => night[kind].repaired === night[kind].planted);
    const others = plantedKinds.filter((kind) => !whole.includes(kind));
    return [
      `Repaired by the deep comparison: ${line(deep.byKind, plantedKinds)}. The planting damaged ${deep.wrong - deep.planted} records besides: winners of merges, and the products whose prices carry a new name.`,
      `Repaired by the chain of the night alone: ${line(night, whole)}.`,
      ...(others.length === 0
        ? []
        : [
            `Left by it to the deep comparison, but for rows that shared a range with others that differed: ${line(night, others)}.`,
          ]),
    ];
  }

  #planted(): PlantedDrift {
    if (this.#damage === undefined) throw new RangeError('nothing is planted');
    return this.#damage;
  }
}
