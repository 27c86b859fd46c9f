import type {
  Clock,
  FieldMap,
  LiveReads,
  LoadClaims,
  Log,
  Meter,
  NearCache,
  RefreshRequests,
  ShadowReads,
  SharedCache,
} from '@umbra/domain';
import { Answers } from './answer/answers.ts';
import { CatalogCacheService } from './cache/catalog-cache-service.ts';
import { CatalogReader } from './catalog/catalog-reader.ts';
import { InternetCatalogService } from './catalog/internet-catalog-service.ts';
import { Offers } from './catalog/offers.ts';
import { PriceService } from './catalog/price-service.ts';
import { ProductService } from './catalog/product-service.ts';
import { SimCatalogService } from './catalog/sim-catalog-service.ts';
import { VpnCatalogService } from './catalog/vpn-catalog-service.ts';
import { EligibilityReader } from './eligibility/eligibility-reader.ts';
import { EligibilityService } from './eligibility/eligibility-service.ts';
import { QuoteService } from './quote/quote-service.ts';
import { LiveRecords } from './source/live-records.ts';
import type { PriceListing } from './source/price-listing.ts';
import { ReadThrough, type ShadowCompare } from './source/read-through.ts';
import { ordinaryRules, type AskRules } from './source/source-rules.ts';

export interface ReadPorts {
  readonly cache: SharedCache;
  readonly near: NearCache;
  readonly claims: LoadClaims;
  readonly shadow: ShadowReads;
  readonly live: LiveReads;
  readonly refresh: RefreshRequests;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Hash of a text in characters that may stand in an ETag and in a cache key, such as base64url. */
  readonly hash: (text: string) => string;
  /** Asked for before every read of the catalogue, so the caller keeps the answer. */
  readonly priceListing: () => Promise<PriceListing>;
  /** What the sources may be used for now; everything, when left out. */
  readonly rules?: AskRules;
  /** Told of what Salesforce answered. */
  readonly compare?: ShadowCompare;
}

export interface ReadSettings {
  readonly fieldMap: FieldMap;
  readonly catalogStaleAfterSeconds: number;
  readonly eligibilityStaleAfterSeconds: number;
  /** false: reads go cache → Salesforce. */
  readonly shadowReads: boolean;
}

/** Answers to questions that were asked before. */
export type HeldReads = Pick<Answers, 'again' | 'isAtHand'>;

/** The read path: one service per question. */
export interface Reads {
  readonly internet: InternetCatalogService;
  readonly sim: SimCatalogService;
  readonly vpn: VpnCatalogService;
  readonly products: ProductService;
  readonly prices: PriceService;
  readonly eligibility: EligibilityService;
  readonly quotes: QuoteService;
  readonly cache: CatalogCacheService;
  readonly held: HeldReads;
}

/** Joins the read path. Nothing is asked before the first question. */
export function createReads(ports: ReadPorts, settings: ReadSettings): Reads {
  const { clock, log, meter, hash, refresh, shadow, priceListing, claims, near } = ports;
  const { fieldMap, shadowReads } = settings;
  const cache = new CatalogCacheService({ cache: ports.cache, clock, meter });
  const readThrough = new ReadThrough({
    cache,
    claims,
    refresh,
    clock,
    log,
    meter,
    shadowReads,
    rules: ports.rules ?? (() => ordinaryRules),
    ...(ports.compare === undefined ? {} : { compare: ports.compare }),
  });
  const live = new LiveRecords(ports.live, fieldMap);
  const mappingVersion = hash(JSON.stringify(fieldMap)).slice(0, 16);
  const common = { readThrough, shadow, live, mappingVersion };
  const catalog = new CatalogReader({
    ...common,
    fieldMap,
    priceListing,
    boundSeconds: settings.catalogStaleAfterSeconds,
  });
  const accounts = new EligibilityReader({
    ...common,
    boundSeconds: settings.eligibilityStaleAfterSeconds,
  });
  const answers = new Answers({ near, clock, meter, hash });
  const offers = new Offers(catalog, answers);
  return {
    internet: new InternetCatalogService(offers, accounts, answers),
    sim: new SimCatalogService(offers, answers),
    vpn: new VpnCatalogService(offers, answers),
    products: new ProductService(catalog, answers, fieldMap),
    prices: new PriceService(catalog, answers),
    eligibility: new EligibilityService(accounts, answers),
    quotes: new QuoteService(catalog, answers),
    cache,
    held: answers,
  };
}
