export {
  createReads,
  type HeldReads,
  type ReadPorts,
  type Reads,
  type ReadSettings,
} from './create-reads.ts';
export type { PriceListing } from './source/price-listing.ts';
export { anyAge, type Demand } from './source/demand.ts';
export type { ShadowCompare } from './source/read-through.ts';
export { ordinaryRules, type AskRules, type SourceRules } from './source/source-rules.ts';
export { DegradationLadder, type LadderReport } from './degradation/degradation-ladder.ts';
export type { CallConditions, LadderReason } from './degradation/decide-rung.ts';
export { CatalogCacheService } from './cache/catalog-cache-service.ts';
export { metaSchema, type Answer, type AnswerName, type Meta, type ReadSource } from './answer/answer.ts';
export {
  InternetCatalogService,
  internetAddOnsAnswer,
  internetPlansAnswer,
  type InternetPlans,
} from './catalog/internet-catalog-service.ts';
export {
  SimCatalogService,
  simAddOnsAnswer,
  simPlansAnswer,
  type SimPlans,
} from './catalog/sim-catalog-service.ts';
export {
  VpnCatalogService,
  vpnAddOnsAnswer,
  vpnPlansAnswer,
  type VpnPlans,
} from './catalog/vpn-catalog-service.ts';
export { ProductService, productAnswer, type Product } from './catalog/product-service.ts';
export { PriceService, priceListAnswer, type PriceList } from './catalog/price-service.ts';
export {
  EligibilityService,
  eligibilityAnswer,
  type AccountEligibilityData,
} from './eligibility/eligibility-service.ts';
export { QuoteService, quoteAnswer, type Quote, type QuoteRequest } from './quote/quote-service.ts';
export type { AddOn, AddOnList } from './catalog/shapes.ts';
export type { PricedQuery } from './catalog/offers.ts';
export { ShadowComparison } from './compare/shadow-comparison.ts';
