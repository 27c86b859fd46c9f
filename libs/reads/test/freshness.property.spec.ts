import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { accountScope, mirroredObjectNames, UmbraError, type MirroredObjectName } from '@umbra/domain';
import { account, createWorld, price, product, recordId, type World } from './world.ts';

/**
 * The promise: what an answer shows was true at its `asOf` or later, whatever path it took: cached before or after a
 * change, invalidated or not, held by one process of two or by both, with messages lost and noticed or not, from an
 * old shadow, live, stale, demanded young. The test owns the truth as a history of values with the instants at which
 * they were replaced.
 */
type Step =
  | { readonly do: 'change'; readonly what: MirroredObjectName }
  | { readonly do: 'backfill'; readonly objects: readonly MirroredObjectName[] }
  | { readonly do: 'refresh' | 'invalidate' | 'lose-cache' }
  | { readonly do: 'read'; readonly process: number; readonly maxAge: number | null }
  /** false: the near caches hear of no invalidation. */
  | { readonly do: 'messages'; readonly arrive: boolean }
  /** false: the near caches know that they hear of none. */
  | { readonly do: 'touch'; readonly on: boolean }
  /** A read during which, after some turns of the event loop, a change is committed and mirrored. */
  | { readonly do: 'read-meanwhile'; readonly turns: number; readonly mirrored: 'backfill' | 'refresh' }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'salesforce'; readonly up: boolean }
  | { readonly do: 'cache'; readonly up: boolean }
  | { readonly do: 'database'; readonly up: boolean };

const plain = (...names: ('refresh' | 'invalidate' | 'lose-cache')[]) =>
  fc.constantFrom(...names).map((name): Step => ({ do: name }));
const up = fc.boolean();
const object = fc.constantFrom(...mirroredObjectNames);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: object.map((what): Step => ({ do: 'change', what })) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(mirroredObjectNames, ['Product2'] as const, ['PricebookEntry'] as const)
      .map((objects): Step => ({ do: 'backfill', objects })),
  },
  { weight: 5, arbitrary: plain('refresh', 'invalidate', 'lose-cache') },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      process: fc.nat({ max: 1 }),
      maxAge: fc.option(fc.nat({ max: 4_000 }), { freq: 2 }),
    }),
  },
  { weight: 1, arbitrary: up.map((arrive): Step => ({ do: 'messages', arrive })) },
  { weight: 1, arbitrary: up.map((on): Step => ({ do: 'touch', on })) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read-meanwhile' as const),
      turns: fc.nat({ max: 12 }),
      mirrored: fc.constantFrom('backfill' as const, 'refresh' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc
      .oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5_000 }))
      .map((seconds): Step => ({ do: 'wait', seconds })),
  },
  { weight: 1, arbitrary: up.map((value): Step => ({ do: 'salesforce', up: value })) },
  { weight: 1, arbitrary: up.map((value): Step => ({ do: 'cache', up: value })) },
  { weight: 1, arbitrary: up.map((value): Step => ({ do: 'database', up: value })) },
);

/** Value number n was true from `since[n]` until `since[n + 1]`. */
class History {
  readonly since: number[] = [0];

  get now(): number {
    return this.since.length - 1;
  }

  /** Whether the value was still true at this instant, or came later. */
  isTrueAtOrAfter(value: number, instant: number): boolean {
    const replaced = this.since[value + 1];
    return replaced === undefined || replaced >= instant;
  }
}

class Model {
  readonly world: World;
  readonly beside: World;
  readonly truth = { Product2: new History(), PricebookEntry: new History(), Account: new History() };
  readonly accountId = recordId('001', 1);
  answers = 0;

  constructor(shadowReads: boolean) {
    this.world = createWorld({ shadowReads });
    this.beside = createWorld({ shadowReads, beside: this.world });
    this.#publish();
  }

  async run(current: Step): Promise<void> {
    const { world } = this;
    switch (current.do) {
      case 'change':
        this.truth[current.what].since.push(world.clock.now().getTime());
        return this.#publish();
      case 'backfill':
        return world.shadow.mirror(world.org, world.clock.now(), current.objects);
      case 'refresh':
        return world.shadow.refresh(world.org, this.accountId, world.clock.now());
      case 'invalidate':
        return this.#invalidate([accountScope(this.accountId), 'catalog:']);
      case 'messages':
        world.cache.tells = current.arrive;
        return;
      case 'touch':
        for (const { near } of [world, this.beside]) {
          if (current.on) near.backInTouch();
          else near.inTouch = false;
        }
        return;
      case 'lose-cache':
        return world.cache.loseEverything();
      case 'wait':
        return world.clock.advance(current.seconds * 1000);
      case 'salesforce':
        world.org.failure = current.up ? undefined : new UmbraError('SF_UNAVAILABLE', 'down');
        return;
      case 'cache':
        world.cache.away = !current.up;
        return;
      case 'database':
        world.shadow.failure = current.up ? undefined : new UmbraError('STORE_UNAVAILABLE', 'down');
        return;
      case 'read':
        return this.#passTimeUntil(this.#read(current.process === 0 ? world : this.beside, current.maxAge));
      case 'read-meanwhile':
        return this.#readMeanwhile(current.turns, current.mirrored);
    }
  }

  async #invalidate(scopes: readonly string[]): Promise<void> {
    const { cache } = this.world;
    await cache.invalidate(scopes);
    if (cache.tells && !cache.away) this.beside.near.invalidated(scopes);
  }

  async #readMeanwhile(turns: number, mirrored: 'backfill' | 'refresh'): Promise<void> {
    const reading = this.#read(this.world, null);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    const meanwhile: Step[] = [
      { do: 'wait', seconds: 1 },
      ...mirroredObjectNames.map((what): Step => ({ do: 'change', what })),
      { do: 'wait', seconds: 1 },
      mirrored === 'refresh' ? { do: mirrored } : { do: mirrored, objects: mirroredObjectNames },
    ];
    for (const each of meanwhile) await this.run(each);
    await this.#passTimeUntil(reading);
  }

  /** A reader who waits for another's load waits by the clock, which stands still by itself. */
  async #passTimeUntil(reading: Promise<void>): Promise<void> {
    let isOver = false;
    const over = reading.finally(() => (isOver = true));
    over.catch(() => undefined);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver) return over;
      this.world.clock.advance(25);
    }
  }

  #publish(): void {
    const { tables } = this.world.org;
    tables.Account = [account(1, `offer-${this.truth.Account.now}`)];
    tables.Product2 = [product(1, { Name: `name-${this.truth.Product2.now}` })];
    tables.PricebookEntry = [price(1, 1, String(this.truth.PricebookEntry.now))];
  }

  async #read({ reads }: World, maxAgeSeconds: number | null): Promise<void> {
    const demand = { maxAgeSeconds };
    const from = this.world.clock.now().getTime();
    const [eligibility, shown] = await Promise.allSettled([
      reads.eligibility.getEligibility(this.accountId, demand),
      reads.products.getProduct('SKU-1', {}, demand),
    ]);
    if (eligibility.status === 'fulfilled') {
      const { data, meta } = eligibility.value;
      const [offer = ''] = data.offeringTypes;
      this.#check(this.truth.Account, Number(offer.slice('offer-'.length)), meta, 900, from);
    }
    if (shown.status === 'fulfilled') {
      const { data, meta } = shown.value;
      this.#check(this.truth.Product2, Number(data.name.slice('name-'.length)), meta, 3_600, from);
      this.#check(this.truth.PricebookEntry, Number(data.prices[0]?.unitPrice), meta, 3_600, from);
    }
    for (const answered of [eligibility, shown]) {
      if (maxAgeSeconds === null || answered.status === 'rejected') continue;
      const { source, ageSeconds } = answered.value.meta;
      if (source !== 'salesforce') expect(ageSeconds).toBeLessThanOrEqual(maxAgeSeconds);
    }
    for (const failed of [eligibility, shown].filter(({ status }) => status === 'rejected')) {
      const code = maxAgeSeconds === null ? 'READ_UNAVAILABLE' : 'READ_NOT_FRESH';
      expect(failed).toMatchObject({ reason: { code } });
    }
  }

  #check(
    history: History,
    shown: number,
    meta: { asOf: string; ageSeconds: number; stale: boolean },
    boundSeconds: number,
    from: number,
  ): void {
    const asOf = new Date(meta.asOf).getTime();
    expect({ shown, honest: history.isTrueAtOrAfter(shown, asOf) }).toEqual({ shown, honest: true });
    this.answers += 1;
    // The answer was made between these two instants.
    const [least, most] = [from, this.world.clock.now().getTime()].map((at) => (at - asOf) / 1000);
    if (least === undefined || most === undefined) return;
    expect(meta.ageSeconds).toBeGreaterThanOrEqual(Math.max(0, least));
    expect(meta.ageSeconds).toBeLessThanOrEqual(Math.max(0, Math.ceil(most)));
    if (least > boundSeconds) expect(meta.stale).toBe(true);
    if (most <= boundSeconds) expect(meta.stale).toBe(false);
  }
}

describe('freshness of answers', () => {
  it.each([true, false])('is never claimed in excess (shadow reads: %s)', async (shadowReads) => {
    let answers = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const model = new Model(shadowReads);
        for (const current of steps) await model.run(current);
        answers += model.answers;
      }),
      { numRuns: 150 },
    );
    // A model in which nobody answers would prove nothing.
    expect(answers).toBeGreaterThan(150);
  });
});
