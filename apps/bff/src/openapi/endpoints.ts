import {
  eligibilityAnswer,
  internetAddOnsAnswer,
  internetPlansAnswer,
  priceListAnswer,
  productAnswer,
  quoteAnswer,
  simAddOnsAnswer,
  simPlansAnswer,
  vpnAddOnsAnswer,
  vpnPlansAnswer,
} from '@umbra/reads';
import type { z } from 'zod';
import {
  accountPath,
  noQuery,
  plansForAccountQuery,
  pricedQuery,
  pricesQuery,
  quoteBody,
  skuPath,
  vpnPlansQuery,
} from '../api/inputs.ts';
import { queueHealthSchema } from '@umbra/platform';
import { livenessSchema, readinessSchema } from '../health/process-health.ts';
import type { Endpoint } from './endpoint.ts';

/** What every read may answer when its sources cannot, and when there is more to do than can be done. */
const readProblems = [
  'READ_LIVE_TOO_LARGE',
  'READ_NOT_FRESH',
  'READ_OVERLOADED',
  'READ_THROTTLED',
  'READ_UNAVAILABLE',
] as const;

type ReadEndpoint = Pick<Endpoint, 'path' | 'tag' | 'summary'> &
  Partial<Pick<Endpoint, 'description' | 'params' | 'query' | 'problems'>> & {
    readonly schema: z.ZodType;
    readonly says: string;
  };

function read({ schema, says, problems = [], ...rest }: ReadEndpoint): Endpoint {
  return {
    query: noQuery,
    ...rest,
    method: 'get',
    scope: 'read',
    fresh: true,
    answer: { kind: 'json', schema, description: says },
    problems: [...problems, ...readProblems],
  };
}

function list(area: 'internet' | 'sim' | 'vpn', schema: z.ZodType): Endpoint {
  return read({
    path: `/api/catalog/${area}/addons`,
    tag: 'Catalogue',
    summary: `Add-ons of the area ${area}, with their prices`,
    query: pricedQuery,
    schema,
    says: 'Active add-ons.',
  });
}

const catalogue: readonly Endpoint[] = [
  read({
    path: '/api/catalog/internet/plans',
    tag: 'Catalogue',
    summary: 'Internet plans, for an account or all',
    description:
      'With an account: the plans whose offering type its eligibility names, and why there may be none. Without: all active plans.',
    query: plansForAccountQuery,
    schema: internetPlansAnswer,
    says: 'Plans, sorted by tier.',
    problems: ['READ_NOT_FOUND'],
  }),
  list('internet', internetAddOnsAnswer),
  read({
    path: '/api/catalog/sim/plans',
    tag: 'Catalogue',
    summary: 'SIM plans with their prices',
    query: pricedQuery,
    schema: simPlansAnswer,
    says: 'Active plans.',
  }),
  list('sim', simAddOnsAnswer),
  read({
    path: '/api/catalog/vpn/plans',
    tag: 'Catalogue',
    summary: 'VPN plans with their prices, all or of one region',
    query: vpnPlansQuery,
    schema: vpnPlansAnswer,
    says: 'Active plans.',
  }),
  list('vpn', vpnAddOnsAnswer),
  read({
    path: '/api/catalog/products/{sku}',
    tag: 'Catalogue',
    summary: 'One product with its prices',
    description: 'A product that is no longer offered answers with `active: false` and no prices.',
    params: skuPath,
    query: pricedQuery,
    schema: productAnswer,
    says: 'The product.',
    problems: ['READ_NOT_FOUND'],
  }),
  read({
    path: '/api/catalog/prices',
    tag: 'Catalogue',
    summary: 'Prices per SKU and currency',
    query: pricesQuery,
    schema: priceListAnswer,
    says: 'Prices of the SKUs that exist; the others are listed as unknown.',
  }),
];

const accounts: readonly Endpoint[] = [
  read({
    path: '/api/eligibility/{accountId}',
    tag: 'Accounts',
    summary: 'What an account may be offered',
    params: accountPath,
    schema: eligibilityAnswer,
    says: 'Eligibility, with its source and age.',
    problems: ['READ_NOT_FOUND'],
  }),
];

const orders: readonly Endpoint[] = [
  {
    method: 'post',
    path: '/api/orders/quote',
    tag: 'Orders',
    scope: 'read',
    summary: 'Prices an order',
    description:
      'Exact totals from the shadow, never from the cache. A line that cannot be priced is named in the problems.',
    query: noQuery,
    body: quoteBody,
    fresh: false,
    answer: { kind: 'json', schema: quoteAnswer, description: 'Priced lines and their total.' },
    problems: [...readProblems],
  },
];

const operations: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/health/live',
    tag: 'Operations',
    scope: 'open',
    summary: 'Whether the process turns',
    fresh: false,
    answer: { kind: 'json', schema: livenessSchema, description: 'It does.' },
    problems: [],
  },
  {
    method: 'get',
    path: '/health/ready',
    tag: 'Operations',
    scope: 'open',
    summary: 'Whether requests can be answered',
    description: '503 with the same body when not: no source can answer, or the process is ending.',
    fresh: false,
    answer: { kind: 'json', schema: readinessSchema, description: 'They can.' },
    problems: [],
  },
  {
    method: 'get',
    path: '/health/queues',
    tag: 'Operations',
    scope: 'operator',
    summary: 'The request queue to Salesforce and the queue of the mirror',
    fresh: false,
    answer: { kind: 'json', schema: queueHealthSchema, description: 'Counts, ages and states.' },
    problems: [],
  },
  {
    method: 'get',
    path: '/metrics',
    tag: 'Operations',
    scope: 'operator',
    summary: 'Metrics of this process',
    fresh: false,
    answer: { kind: 'text', contentType: 'text/plain', description: 'In the text format of Prometheus.' },
    problems: [],
  },
  {
    method: 'get',
    path: '/docs/openapi.json',
    tag: 'Operations',
    scope: 'open',
    summary: 'This document',
    fresh: false,
    answer: { kind: 'text', contentType: 'application/json', description: 'OpenAPI 3.1.' },
    problems: [],
  },
];

/** Every endpoint of the BFF but the page at `/docs` and its files. */
export const endpoints: readonly Endpoint[] = [...catalogue, ...accounts, ...orders, ...operations];
