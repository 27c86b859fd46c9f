/* eslint-disable -- made by a generator */
/** Made of docs/openapi.json by ./umbra generate: edit neither of them. */

export interface paths {
  '/api/catalog/internet/addons': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Add-ons of the area internet, with their prices */
    get: operations['get-catalog-internet-addons'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/catalog/internet/plans': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Internet plans, for an account or all
     * @description With an account: the plans whose offering type its eligibility names, and why there may be none. Without: all active plans.
     */
    get: operations['get-catalog-internet-plans'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/catalog/prices': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Prices per SKU and currency */
    get: operations['get-catalog-prices'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/catalog/products/{sku}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One product with its prices
     * @description A product that is no longer offered answers with `active: false` and no prices.
     */
    get: operations['get-catalog-products-sku'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/catalog/sim/addons': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Add-ons of the area sim, with their prices */
    get: operations['get-catalog-sim-addons'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/catalog/sim/plans': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** SIM plans with their prices */
    get: operations['get-catalog-sim-plans'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/catalog/vpn/addons': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Add-ons of the area vpn, with their prices */
    get: operations['get-catalog-vpn-addons'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/catalog/vpn/plans': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** VPN plans with their prices, all or of one region */
    get: operations['get-catalog-vpn-plans'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/eligibility/{accountId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What an account may be offered */
    get: operations['get-eligibility-accountId'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/orders/quote': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Prices an order
     * @description Exact totals from the shadow, never from the cache. A line that cannot be priced is named in the problems.
     */
    post: operations['post-orders-quote'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/docs/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** This document */
    get: operations['get-docs-openapi-json'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the process turns */
    get: operations['get-health-live'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/queues': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The request queue to Salesforce and the queue of the mirror */
    get: operations['get-health-queues'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether requests can be answered
     * @description 503 with the same body when not: no source can answer, or the process is ending.
     */
    get: operations['get-health-ready'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Metrics of this process */
    get: operations['get-metrics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description Something sold beside a plan. */
    AddOn: {
      description: string | null;
      name: string;
      /** @description One per currency, in the order of the codes; empty when there is none to show. */
      prices: components['schemas']['Price'][];
      /** @example 01t000000000001AAA */
      productId: string;
      /** @example INT-FTTH-GOLD */
      sku: string;
    };
    Eligibility: {
      /** @example 001000000000001AAA */
      accountId: string;
      /** @enum {string} */
      eligibility: 'eligible' | 'not-eligible' | 'unknown';
      /** @example Address Check */
      eligibilitySource: string | null;
      /** @description The value as the account carries it. */
      internetEligibility: string | null;
      /**
       * @description What may be offered, each once.
       * @example [
       *       "FTTH",
       *       "VDSL"
       *     ]
       */
      offeringTypes: string[];
    };
    InternetPlan: {
      description: string | null;
      name: string;
      /** @example FTTH */
      offeringType: string | null;
      /** @example Gold */
      planTier: string | null;
      /** @description One per currency, in the order of the codes; empty when there is none to show. */
      prices: components['schemas']['Price'][];
      /** @example 01t000000000001AAA */
      productId: string;
      /** @example INT-FTTH-GOLD */
      sku: string;
    };
    /** @description How fresh the answer is. */
    Meta: {
      /** @description Seconds since asOf, rounded up. */
      ageSeconds: number;
      /**
       * Format: date-time
       * @description The answer is what Salesforce said at this instant or later.
       */
      asOf: string;
      /**
       * @description The most expensive source that the answer needed.
       * @enum {string}
       */
      source: 'cache' | 'shadow' | 'salesforce';
      /** @description Some part is older than the bound of its area. */
      stale: boolean;
    };
    /** @description Active price of the price book in one currency. */
    Price: {
      /**
       * @description ISO 4217 code, as the price book entry carries it.
       * @example EUR
       */
      currency: string;
      /**
       * @description Decimal text with two decimals; never a float.
       * @example 49.90
       */
      unitPrice: string;
    };
    /** @description What went wrong (RFC 9457). */
    Problem: {
      /** @description Stable; made for programs to act upon. */
      code: string;
      detail: string;
      /** @description Finds the entry in the log of the server. */
      instance: string;
      /** @description Every problem of a bad input. */
      problems?: string[];
      status: number;
      title: string;
      /** @example urn:umbra:error:INPUT_INVALID */
      type: string;
    };
    Product: {
      /** @description false: no longer offered, so without prices and in no list. */
      active: boolean;
      /** @description The list that it stands in while active, if any. */
      area:
        | ('internet.plans' | 'internet.addons' | 'sim.plans' | 'sim.addons' | 'vpn.plans' | 'vpn.addons')
        | null;
      description: string | null;
      /** @example Internet Plan */
      itemClass: string | null;
      name: string;
      /** @example FTTH */
      offeringType: string | null;
      /** @example Gold */
      planTier: string | null;
      /** @description One per currency, in the order of the codes; empty when there is none to show. */
      prices: components['schemas']['Price'][];
      /** @example 01t000000000001AAA */
      productId: string;
      /** @example INT-FTTH-GOLD */
      sku: string;
      /** @example EU */
      vpnRegion: string | null;
    };
    Quote: {
      /**
       * @description ISO 4217 code, as the price book entry carries it.
       * @example EUR
       */
      currency: string;
      /** @description In the order of the request. */
      lines: components['schemas']['QuoteLine'][];
      /**
       * @description Decimal text with two decimals; never a float.
       * @example 49.90
       */
      total: string;
    };
    QuoteLine: {
      name: string;
      productId: string;
      quantity: number;
      sku: string;
      /**
       * @description Decimal text with two decimals; never a float.
       * @example 49.90
       */
      total: string;
      /**
       * @description Decimal text with two decimals; never a float.
       * @example 49.90
       */
      unitPrice: string;
    };
    SimPlan: {
      description: string | null;
      name: string;
      /** @example Gold */
      planTier: string | null;
      /** @description One per currency, in the order of the codes; empty when there is none to show. */
      prices: components['schemas']['Price'][];
      /** @example 01t000000000001AAA */
      productId: string;
      /** @example INT-FTTH-GOLD */
      sku: string;
    };
    SkuPrices: {
      /** @description false: no longer offered, so without prices. */
      active: boolean;
      prices: components['schemas']['Price'][];
      productId: string;
      sku: string;
    };
    VpnPlan: {
      description: string | null;
      name: string;
      /** @example Gold */
      planTier: string | null;
      /** @description One per currency, in the order of the codes; empty when there is none to show. */
      prices: components['schemas']['Price'][];
      /** @example 01t000000000001AAA */
      productId: string;
      /** @example EU */
      region: string | null;
      /** @example INT-FTTH-GOLD */
      sku: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  'get-catalog-internet-addons': {
    parameters: {
      query?: {
        /**
         * @description Only prices in this currency.
         * @example EUR
         */
        currency?: string;
      };
      header?: {
        /**
         * @description `max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.
         * @example max-age=60
         */
        'Cache-Control'?: string;
        /** @description An ETag from before: 304 when the data is still the same. */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Active add-ons. */
      200: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              addOns: components['schemas']['AddOn'][];
            };
            meta: components['schemas']['Meta'];
          };
        };
      };
      /** @description The data is still the same. */
      304: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description As `meta.asOf`. */
          'X-Data-As-Of'?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          /** @description As `meta.stale`. */
          'X-Data-Stale'?: 'true' | 'false';
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `INPUT_INVALID`: The request is not understood; every problem is listed. Correct it and send it again. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_THROTTLED`: This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After. */
      429: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `READ_LIVE_TOO_LARGE`: A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.
       *
       *     `READ_NOT_FRESH`: No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.
       *
       *     `READ_OVERLOADED`: More requests are under way than the process can answer in time. Come back after Retry-After.
       *
       *     `READ_UNAVAILABLE`: Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.
       */
      503: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'get-catalog-internet-plans': {
    parameters: {
      query?: {
        /**
         * @description Account id of 15 or 18 characters.
         * @example 001000000000001AAA
         */
        accountId?: string;
        /**
         * @description Only prices in this currency.
         * @example EUR
         */
        currency?: string;
      };
      header?: {
        /**
         * @description `max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.
         * @example max-age=60
         */
        'Cache-Control'?: string;
        /** @description An ETag from before: 304 when the data is still the same. */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Plans, sorted by tier. */
      200: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @description The account that the plans are offered to. */
              accountId: string | null;
              /** @description Why there may be no plans; null without an account. */
              eligibility: ('eligible' | 'not-eligible' | 'unknown') | null;
              plans: components['schemas']['InternetPlan'][];
            };
            meta: components['schemas']['Meta'];
          };
        };
      };
      /** @description The data is still the same. */
      304: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description As `meta.asOf`. */
          'X-Data-As-Of'?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          /** @description As `meta.stale`. */
          'X-Data-Stale'?: 'true' | 'false';
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `INPUT_INVALID`: The request is not understood; every problem is listed. Correct it and send it again. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_NOT_FOUND`: No such record, as of the time stated in the answer. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_THROTTLED`: This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After. */
      429: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `READ_LIVE_TOO_LARGE`: A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.
       *
       *     `READ_NOT_FRESH`: No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.
       *
       *     `READ_OVERLOADED`: More requests are under way than the process can answer in time. Come back after Retry-After.
       *
       *     `READ_UNAVAILABLE`: Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.
       */
      503: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'get-catalog-prices': {
    parameters: {
      query: {
        /**
         * @description Only prices in this currency.
         * @example EUR
         */
        currency?: string;
        /**
         * @description SKUs, comma-separated, at most 200.
         * @example INT-FTTH-GOLD,SIM-20GB
         */
        skus: string;
      };
      header?: {
        /**
         * @description `max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.
         * @example max-age=60
         */
        'Cache-Control'?: string;
        /** @description An ETag from before: 304 when the data is still the same. */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Prices of the SKUs that exist; the others are listed as unknown. */
      200: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @description In the order of the SKUs asked for. */
              prices: components['schemas']['SkuPrices'][];
              /** @description SKUs that no product carries. */
              unknown: string[];
            };
            meta: components['schemas']['Meta'];
          };
        };
      };
      /** @description The data is still the same. */
      304: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description As `meta.asOf`. */
          'X-Data-As-Of'?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          /** @description As `meta.stale`. */
          'X-Data-Stale'?: 'true' | 'false';
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `INPUT_INVALID`: The request is not understood; every problem is listed. Correct it and send it again. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_THROTTLED`: This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After. */
      429: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `READ_LIVE_TOO_LARGE`: A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.
       *
       *     `READ_NOT_FRESH`: No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.
       *
       *     `READ_OVERLOADED`: More requests are under way than the process can answer in time. Come back after Retry-After.
       *
       *     `READ_UNAVAILABLE`: Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.
       */
      503: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'get-catalog-products-sku': {
    parameters: {
      query?: {
        /**
         * @description Only prices in this currency.
         * @example EUR
         */
        currency?: string;
      };
      header?: {
        /**
         * @description `max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.
         * @example max-age=60
         */
        'Cache-Control'?: string;
        /** @description An ETag from before: 304 when the data is still the same. */
        'If-None-Match'?: string;
      };
      path: {
        /** @example INT-FTTH-GOLD */
        sku: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The product. */
      200: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Product'];
            meta: components['schemas']['Meta'];
          };
        };
      };
      /** @description The data is still the same. */
      304: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description As `meta.asOf`. */
          'X-Data-As-Of'?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          /** @description As `meta.stale`. */
          'X-Data-Stale'?: 'true' | 'false';
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `INPUT_INVALID`: The request is not understood; every problem is listed. Correct it and send it again. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_NOT_FOUND`: No such record, as of the time stated in the answer. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_THROTTLED`: This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After. */
      429: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `READ_LIVE_TOO_LARGE`: A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.
       *
       *     `READ_NOT_FRESH`: No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.
       *
       *     `READ_OVERLOADED`: More requests are under way than the process can answer in time. Come back after Retry-After.
       *
       *     `READ_UNAVAILABLE`: Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.
       */
      503: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'get-catalog-sim-addons': {
    parameters: {
      query?: {
        /**
         * @description Only prices in this currency.
         * @example EUR
         */
        currency?: string;
      };
      header?: {
        /**
         * @description `max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.
         * @example max-age=60
         */
        'Cache-Control'?: string;
        /** @description An ETag from before: 304 when the data is still the same. */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Active add-ons. */
      200: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              addOns: components['schemas']['AddOn'][];
            };
            meta: components['schemas']['Meta'];
          };
        };
      };
      /** @description The data is still the same. */
      304: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description As `meta.asOf`. */
          'X-Data-As-Of'?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          /** @description As `meta.stale`. */
          'X-Data-Stale'?: 'true' | 'false';
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `INPUT_INVALID`: The request is not understood; every problem is listed. Correct it and send it again. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_THROTTLED`: This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After. */
      429: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `READ_LIVE_TOO_LARGE`: A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.
       *
       *     `READ_NOT_FRESH`: No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.
       *
       *     `READ_OVERLOADED`: More requests are under way than the process can answer in time. Come back after Retry-After.
       *
       *     `READ_UNAVAILABLE`: Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.
       */
      503: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'get-catalog-sim-plans': {
    parameters: {
      query?: {
        /**
         * @description Only prices in this currency.
         * @example EUR
         */
        currency?: string;
      };
      header?: {
        /**
         * @description `max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.
         * @example max-age=60
         */
        'Cache-Control'?: string;
        /** @description An ETag from before: 304 when the data is still the same. */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Active plans. */
      200: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              plans: components['schemas']['SimPlan'][];
            };
            meta: components['schemas']['Meta'];
          };
        };
      };
      /** @description The data is still the same. */
      304: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description As `meta.asOf`. */
          'X-Data-As-Of'?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          /** @description As `meta.stale`. */
          'X-Data-Stale'?: 'true' | 'false';
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `INPUT_INVALID`: The request is not understood; every problem is listed. Correct it and send it again. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_THROTTLED`: This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After. */
      429: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `READ_LIVE_TOO_LARGE`: A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.
       *
       *     `READ_NOT_FRESH`: No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.
       *
       *     `READ_OVERLOADED`: More requests are under way than the process can answer in time. Come back after Retry-After.
       *
       *     `READ_UNAVAILABLE`: Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.
       */
      503: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'get-catalog-vpn-addons': {
    parameters: {
      query?: {
        /**
         * @description Only prices in this currency.
         * @example EUR
         */
        currency?: string;
      };
      header?: {
        /**
         * @description `max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.
         * @example max-age=60
         */
        'Cache-Control'?: string;
        /** @description An ETag from before: 304 when the data is still the same. */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Active add-ons. */
      200: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              addOns: components['schemas']['AddOn'][];
            };
            meta: components['schemas']['Meta'];
          };
        };
      };
      /** @description The data is still the same. */
      304: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description As `meta.asOf`. */
          'X-Data-As-Of'?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          /** @description As `meta.stale`. */
          'X-Data-Stale'?: 'true' | 'false';
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `INPUT_INVALID`: The request is not understood; every problem is listed. Correct it and send it again. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_THROTTLED`: This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After. */
      429: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `READ_LIVE_TOO_LARGE`: A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.
       *
       *     `READ_NOT_FRESH`: No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.
       *
       *     `READ_OVERLOADED`: More requests are under way than the process can answer in time. Come back after Retry-After.
       *
       *     `READ_UNAVAILABLE`: Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.
       */
      503: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'get-catalog-vpn-plans': {
    parameters: {
      query?: {
        /**
         * @description Only prices in this currency.
         * @example EUR
         */
        currency?: string;
        /**
         * @description Only plans of this region.
         * @example EU
         */
        region?: string;
      };
      header?: {
        /**
         * @description `max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.
         * @example max-age=60
         */
        'Cache-Control'?: string;
        /** @description An ETag from before: 304 when the data is still the same. */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Active plans. */
      200: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              plans: components['schemas']['VpnPlan'][];
            };
            meta: components['schemas']['Meta'];
          };
        };
      };
      /** @description The data is still the same. */
      304: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description As `meta.asOf`. */
          'X-Data-As-Of'?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          /** @description As `meta.stale`. */
          'X-Data-Stale'?: 'true' | 'false';
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `INPUT_INVALID`: The request is not understood; every problem is listed. Correct it and send it again. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_THROTTLED`: This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After. */
      429: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `READ_LIVE_TOO_LARGE`: A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.
       *
       *     `READ_NOT_FRESH`: No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.
       *
       *     `READ_OVERLOADED`: More requests are under way than the process can answer in time. Come back after Retry-After.
       *
       *     `READ_UNAVAILABLE`: Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.
       */
      503: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'get-eligibility-accountId': {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description `max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.
         * @example max-age=60
         */
        'Cache-Control'?: string;
        /** @description An ETag from before: 304 when the data is still the same. */
        'If-None-Match'?: string;
      };
      path: {
        /**
         * @description Account id of 15 or 18 characters.
         * @example 001000000000001AAA
         */
        accountId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Eligibility, with its source and age. */
      200: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Eligibility'];
            meta: components['schemas']['Meta'];
          };
        };
      };
      /** @description The data is still the same. */
      304: {
        headers: {
          /** @description Seconds since the data was proven true. */
          Age?: number;
          /** @description Changes when the data changes. */
          ETag?: string;
          /** @description As `meta.asOf`. */
          'X-Data-As-Of'?: string;
          /** @description Who answered. */
          'X-Data-Source'?: 'cache' | 'shadow' | 'salesforce';
          /** @description As `meta.stale`. */
          'X-Data-Stale'?: 'true' | 'false';
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `INPUT_INVALID`: The request is not understood; every problem is listed. Correct it and send it again. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_NOT_FOUND`: No such record, as of the time stated in the answer. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_THROTTLED`: This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After. */
      429: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `READ_LIVE_TOO_LARGE`: A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.
       *
       *     `READ_NOT_FRESH`: No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.
       *
       *     `READ_OVERLOADED`: More requests are under way than the process can answer in time. Come back after Retry-After.
       *
       *     `READ_UNAVAILABLE`: Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.
       */
      503: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'post-orders-quote': {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description `max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.
         * @example max-age=60
         */
        'Cache-Control'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description May be left out when all lines have a price in exactly one common currency.
           * @example EUR
           */
          currency?: string;
          lines: {
            /** @example 2 */
            quantity: number;
            /** @example INT-FTTH-GOLD */
            sku: string;
          }[];
        };
      };
    };
    responses: {
      /** @description Priced lines and their total. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Quote'];
            meta: components['schemas']['Meta'];
          };
        };
      };
      /** @description `INPUT_INVALID`: The request is not understood; every problem is listed. Correct it and send it again. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_TOO_LARGE`: The request body or list is larger than this route takes. Send less at a time. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `READ_THROTTLED`: This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After. */
      429: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `READ_LIVE_TOO_LARGE`: A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.
       *
       *     `READ_NOT_FRESH`: No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.
       *
       *     `READ_OVERLOADED`: More requests are under way than the process can answer in time. Come back after Retry-After.
       *
       *     `READ_UNAVAILABLE`: Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.
       */
      503: {
        headers: {
          /** @description Seconds until it may be worth another try. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'get-docs-openapi-json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OpenAPI 3.1. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': string;
        };
      };
    };
  };
  'get-health-live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It does. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @constant */
            status: 'ok';
          };
        };
      };
    };
  };
  'get-health-queues': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Counts, ages and states. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description The request queues of all processes together; null while Redis is away. */
            fleet: {
              pending: number;
              /** @description Processes that told of themselves lately. */
              processes: number;
              /** @description Calls of each route since its process started. */
              routes: {
                [key: string]: {
                  failure: number;
                  success: number;
                };
              };
              running: number;
            } | null;
            /** @description Where reads stand on the degradation ladder; null in a process that serves none. */
            reads: {
              reason: string | null;
              /** @description normal, conserving, shadow-only, cache-only or refuse. */
              rung: string;
              /** Format: date-time */
              since: string;
              until: string | null;
            } | null;
            /** @description The request queue of this process. */
            salesforce: {
              /** @description Calls that this product may still make now. */
              budgetLeft: number | null;
              /** @description By whom a call serves: its use in the last day, what is kept for it, and whether one would be sent now. */
              byClass: {
                [key: string]: {
                  admitted: boolean;
                  pending: number;
                  reserve: number | null;
                  running: number;
                  used: number;
                };
              };
              concurrency: {
                [key: string]: number;
              };
              dailyApiLimit: number | null;
              dailyApiUsage: number | null;
              dailyUsagePercent: number | null;
              degradation: {
                reason: string | null;
                /** @enum {string} */
                state: 'normal' | 'limited' | 'degraded';
                until: string | null;
              };
              /** @description When the org has no calls left if its usage goes on growing as it does. */
              exhaustedAt: string | null;
              /** @description Calls of this product in the last day, all processes. */
              ownDailyCalls: number;
              pending: number;
              routes: {
                [key: string]: {
                  byClass: {
                    [key: string]: number;
                  };
                  failure: number;
                  latencyMs: {
                    max: number;
                    p50: number;
                    p95: number;
                  } | null;
                  success: number;
                };
              };
              running: number;
            };
            /** @description The queue of the mirror, shared by all processes. */
            SF_SHADOW_SYNC: {
              active: number | null;
              /** @description Per object: age of the instant up to which the shadow is proven; null while unknown. */
              coveredAgeSeconds: {
                [key: string]: number | null;
              };
              delayed: number | null;
              failed: number | null;
              /** @description Kinds of job that the queue carries. */
              jobs: string[];
              /** @description Per object: age of the oldest change that is stored and not applied; 0 when there is none, null while unknown. */
              lagSeconds: {
                [key: string]: number | null;
              };
              oldestAgeSeconds: number | null;
              /** @description Per object: living records that wait aside; null while unknown. */
              parked: {
                [key: string]: number | null;
              };
              /** @enum {string} */
              state: 'up' | 'down';
              /** @description Topics of change events, whichever worker streams them; null while unknown. */
              streams:
                | {
                    /** @description Changes stored and not applied. */
                    backlog: number;
                    epoch: number;
                    /** @description Age of the instant up to which the stream proves that nothing is missing; null before any proof. */
                    evidenceAgeSeconds: number | null;
                    lagSeconds: number;
                    newestCommitAt: string | null;
                    /**
                     * @description streaming: a worker holds the lease of the topic. unowned: no worker does.
                     * @enum {string}
                     */
                    state: 'streaming' | 'unowned';
                    /** @description Position in the raw log: numbers given so far. */
                    stored: string;
                    topic: string;
                  }[]
                | null;
              waiting: number | null;
            };
          };
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'get-health-ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description They can. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            details: {
              [key: string]: {
                draining: boolean;
                parts: {
                  [key: string]: 'up' | 'down';
                };
                /** @enum {string} */
                status: 'up' | 'degraded' | 'down';
              };
            };
            error: {
              [key: string]: {
                draining: boolean;
                parts: {
                  [key: string]: 'up' | 'down';
                };
                /** @enum {string} */
                status: 'up' | 'degraded' | 'down';
              };
            };
            info: {
              [key: string]: {
                draining: boolean;
                parts: {
                  [key: string]: 'up' | 'down';
                };
                /** @enum {string} */
                status: 'up' | 'degraded' | 'down';
              };
            };
            /** @enum {string} */
            status: 'ok' | 'degraded' | 'error' | 'shutting_down';
          };
        };
      };
    };
  };
  'get-metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description In the text format of Prometheus. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
      /** @description `INPUT_CREDENTIALS_MISSING`: The request carries no valid API key or token. Send one as Authorization: Bearer <key>. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `INPUT_SCOPE_MISSING`: The API key or token is valid but lacks the scope that this route needs. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
