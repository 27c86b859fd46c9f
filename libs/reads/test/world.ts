import {
  mirroredObjectNames,
  UmbraError,
  widenRecordId,
  type Condition,
  type CoveredRows,
  type EligibilityRow,
  type Leaves,
  type LeafValue,
  type LiveReads,
  type MirroredObjectName,
  type PriceRow,
  type ProductRow,
  type RefreshRequests,
  type RequestClass,
  type SelectAnswer,
  type SelectRequest,
  type ShadowReads,
} from '@umbra/domain';
import {
  FakeClock,
  MemoryCache,
  RecordingLog,
  RecordingMeter,
  smallOrgFieldMap,
  MemoryLoadClaims,
  MemoryNearCache,
} from '@umbra/testing';
import { createReads, type Reads, type ReadSettings } from '../src/create-reads.ts';
import type { PriceListing } from '../src/source/price-listing.ts';
import type { AskRules } from '../src/source/source-rules.ts';

export const standardPricebook = recordId('01s', 1);
export const partnerPricebook = recordId('01s', 2);

export function recordId(prefix: string, number: number): string {
  const id = widenRecordId(prefix + String(number).padStart(12, '0'));
  if (id === undefined) throw new TypeError(`no record id: ${prefix} ${number}`);
  return id;
}

export function product(number: number, leaves: Record<string, LeafValue> = {}): Leaves {
  return {
    Id: recordId('01t', number),
    Name: `Product ${number}`,
    StockKeepingUnit: `SKU-${number}`,
    Item_Class__c: 'Internet Plan',
    IsActive: true,
    IsArchived: false,
    ...leaves,
  };
}

export function price(
  number: number,
  productNumber: number,
  amount: string,
  leaves: Record<string, LeafValue> = {},
): Leaves {
  return {
    Id: recordId('01u', number),
    Product2Id: recordId('01t', productNumber),
    Pricebook2Id: standardPricebook,
    UnitPrice: amount,
    CurrencyIsoCode: 'EUR',
    IsActive: true,
    ...leaves,
  };
}

export function account(number: number, eligibility: string | null, source: string | null = null): Leaves {
  return {
    Id: recordId('001', number),
    Internet_Eligibility__c: eligibility,
    Internet_Eligibility_Source__c: source,
  };
}

type Tables = Record<MirroredObjectName, Leaves[]>;

/** Salesforce: answers at the clock's time, with SOQL's indifference to letter case. */
export class Org implements LiveReads {
  readonly tables: Tables = { Product2: [], PricebookEntry: [], Account: [] };
  readonly asked: { object: string; requestClass: RequestClass }[] = [];
  /** Set: every call fails with it. */
  failure: Error | undefined;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  async select(
    request: SelectRequest,
    requestClass: RequestClass,
    options: { maxRows?: number } = {},
  ): Promise<SelectAnswer> {
    await Promise.resolve();
    this.asked.push({ object: request.object, requestClass });
    if (this.failure !== undefined) throw this.failure;
    const rows = this.tables[request.object as MirroredObjectName].filter((leaves) =>
      request.where.every((condition) => holds(condition, leaves)),
    );
    if (rows.length > (options.maxRows ?? Infinity)) throw new UmbraError('READ_LIVE_TOO_LARGE', 'too large');
    const selected = rows.map((leaves) =>
      Object.fromEntries(
        [...request.fields, ...(request.optional ?? [])]
          .filter((field) => (leaves[field] ?? null) !== null)
          .map((field) => [field, leaves[field] ?? null]),
      ),
    );
    return { rows: selected, at: this.#clock.now(), calls: 1 };
  }
}

function holds(condition: Condition, leaves: Leaves): boolean {
  const values = condition.op === 'in' ? condition.values : [condition.value];
  const actual = leaves[condition.field];
  return values.some((value) => {
    if (value.type === 'null') return actual === undefined || actual === null;
    return String(actual).toLowerCase() === String(value.value).toLowerCase();
  });
}

/** The shadow tables: a copy of the org, as old as its coverage says. */
export class Shadow implements ShadowReads {
  readonly #tables: Tables = { Product2: [], PricebookEntry: [], Account: [] };
  readonly #coveredAt = new Map<MirroredObjectName, Date>();
  readonly #readAt = new Map<string, Date>();
  /** Set: every question fails with it. */
  failure: Error | undefined;
  /** How often it was asked for rows. */
  asked = 0;

  /** What a complete backfill of these objects at this moment does. */
  mirror(org: Org, at: Date, objects: readonly MirroredObjectName[] = mirroredObjectNames): void {
    for (const object of objects) {
      this.#tables[object] = structuredClone(org.tables[object]);
      this.#coveredAt.set(object, at);
    }
  }

  /** What the job refresh-record does. */
  refresh(org: Org, accountId: string, at: Date): void {
    const others = this.#tables.Account.filter(({ Id }) => Id !== accountId);
    this.#tables.Account = [...others, ...org.tables.Account.filter(({ Id }) => Id === accountId)];
    this.#readAt.set(accountId, at);
  }

  productsByClass(itemClasses: readonly string[]): Promise<CoveredRows<ProductRow>> {
    return this.#covered('Product2', (rows) =>
      rows.map(productRow).filter((row) => row.active && itemClasses.includes(row.itemClass ?? '')),
    );
  }

  productsBySku(skus: readonly string[]): Promise<CoveredRows<ProductRow>> {
    return this.#covered('Product2', (rows) => rows.map(productRow).filter(({ sku }) => skus.includes(sku)));
  }

  prices(productIds: readonly string[], pricebookId: string): Promise<CoveredRows<PriceRow>> {
    return this.#covered('PricebookEntry', (rows) =>
      rows
        .filter(({ Pricebook2Id, IsActive }) => Pricebook2Id === pricebookId && IsActive === true)
        .map((leaves) => ({
          ...leaves,
          pricebookEntryId: String(leaves['Id']),
          productId: String(leaves['Product2Id']),
          unitPrice: Number(leaves['UnitPrice']).toFixed(2),
          currency: String(leaves['CurrencyIsoCode']),
        }))
        .filter(({ productId }) => productIds.includes(productId)),
    );
  }

  eligibility(accountIds: readonly string[]): Promise<CoveredRows<EligibilityRow>> {
    return this.#covered('Account', (rows) =>
      rows.flatMap((leaves) => {
        const accountId = String(leaves['Id']);
        if (!accountIds.includes(accountId)) return [];
        return [
          {
            ...leaves,
            accountId,
            internetEligibility: textOf(leaves, 'Internet_Eligibility__c'),
            eligibilitySource: textOf(leaves, 'Internet_Eligibility_Source__c'),
            readAt: this.#readAt.get(accountId) ?? null,
          },
        ];
      }),
    );
  }

  async coveredAt(object: MirroredObjectName): Promise<Date | undefined> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    return this.#coveredAt.get(object);
  }

  /** Rows and coverage of one moment: there is no await between the two. */
  async #covered<R>(
    object: MirroredObjectName,
    find: (rows: readonly Leaves[]) => readonly R[],
  ): Promise<CoveredRows<R>> {
    await Promise.resolve();
    this.asked += 1;
    if (this.failure !== undefined) throw this.failure;
    return { coveredAt: this.#coveredAt.get(object), rows: find(this.#tables[object]) };
  }
}

/** With everything else that the record has: what a row may hold beyond its declared shape, no answer may show. */
function productRow(leaves: Leaves): ProductRow {
  return {
    ...leaves,
    productId: String(leaves['Id']),
    sku: String(leaves['StockKeepingUnit']),
    name: String(leaves['Name']),
    itemClass: textOf(leaves, 'Item_Class__c'),
    offeringType: textOf(leaves, 'Internet_Offering_Type__c'),
    planTier: textOf(leaves, 'Internet_Plan_Tier__c'),
    vpnRegion: textOf(leaves, 'VPN_Region__c'),
    active: leaves['IsActive'] === true && leaves['IsArchived'] !== true,
    description: textOf(leaves, 'Description'),
  };
}

function textOf(leaves: Leaves, name: string): string | null {
  const value = leaves[name];
  return typeof value === 'string' ? value : null;
}

export class Refreshes implements RefreshRequests {
  readonly requested: { object: MirroredObjectName; ids: readonly string[] }[] = [];

  request(object: MirroredObjectName, ids: readonly string[]): Promise<void> {
    this.requested.push({ object, ids });
    return Promise.resolve();
  }
}

/** The shared cache; the near cache of the process hears of its invalidations while it is told. */
export class ToldCache extends MemoryCache {
  readonly #near: MemoryNearCache;
  /** false: messages get lost, and nobody notices. */
  tells = true;

  constructor(clock: FakeClock, near: MemoryNearCache) {
    super(clock);
    this.#near = near;
  }

  override async invalidate(scopes: readonly string[]): Promise<void> {
    await super.invalidate(scopes);
    if (this.tells && !this.away) this.#near.invalidated(scopes);
  }

  override loseEverything(): void {
    super.loseEverything();
    this.#near.missed();
  }
}

/** Everything around the read path, in memory. */
export interface World {
  readonly clock: FakeClock;
  readonly org: Org;
  readonly shadow: Shadow;
  readonly cache: ToldCache;
  readonly near: MemoryNearCache;
  readonly claims: MemoryLoadClaims;
  readonly refreshes: Refreshes;
  readonly log: RecordingLog;
  readonly meter: RecordingMeter;
  readonly reads: Reads;
  /** Copies the org into the shadow, covered up to now. */
  backfill(): void;
}

export interface WorldOptions extends Partial<ReadSettings> {
  readonly tables?: Partial<Tables>;
  readonly listing?: Partial<PriceListing>;
  readonly priceListing?: () => Promise<PriceListing>;
  /** Another process of the same fleet: it shares everything but what it holds near. */
  readonly beside?: World;
  /** What the sources may be used for; everything, when left out. */
  readonly rules?: AskRules;
}

const defaultListing: PriceListing = {
  pricebookId: standardPricebook,
  multiCurrency: true,
  defaultCurrency: null,
};

/** A world before its first backfill. */
export function createWorld(options: WorldOptions = {}): World {
  const { tables, listing, priceListing, beside, rules, ...settings } = options;
  const clock = beside?.clock ?? new FakeClock();
  const org = beside?.org ?? new Org(clock);
  Object.assign(org.tables, tables);
  const shadow = beside?.shadow ?? new Shadow();
  const near = new MemoryNearCache(clock);
  const cache = beside?.cache ?? new ToldCache(clock, near);
  const claims = beside?.claims ?? new MemoryLoadClaims();
  const refreshes = new Refreshes();
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const reads = createReads(
    {
      cache,
      near,
      claims,
      shadow,
      live: org,
      refresh: refreshes,
      clock,
      log,
      meter,
      hash: (text) => [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) >>> 0, 7).toString(36),
      priceListing: priceListing ?? (() => Promise.resolve({ ...defaultListing, ...listing })),
      ...(rules === undefined ? {} : { rules }),
    },
    {
      fieldMap: smallOrgFieldMap,
      catalogStaleAfterSeconds: 3_600,
      eligibilityStaleAfterSeconds: 900,
      shadowReads: true,
      ...settings,
    },
  );
  const backfill = (): void => shadow.mirror(org, clock.now());
  return { clock, org, shadow, cache, near, claims, refreshes, log, meter, reads, backfill };
}
