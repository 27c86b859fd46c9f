import { z } from 'zod';
import {
  httpsOrigin,
  isLoopbackHost,
  listOf,
  oneOf,
  plainText,
  port,
  serviceUrl,
  wholeNumber,
} from './texts.ts';
import { optional, required, section, withDefault } from './variable.ts';

/** What PostgreSQL, Redis, the logger and the HTTP servers want from the environment. */

const EMBEDDED = 'Run ./umbra up, which starts an embedded one and writes .umbra/env, or set it';

const databaseVariables = {
  url: required(
    {
      name: 'DATABASE_URL',
      meaning:
        'PostgreSQL 15 or newer. Elsewhere than on loopback with sslmode=verify-full; an authority of your own goes into NODE_EXTRA_CA_CERTS or sslrootcert.',
      schema: serviceUrl(['postgresql', 'postgres'], 'postgresql://user:password@host:5432/database'),
      secret: true,
    },
    { shown: 'embedded', advice: `${EMBEDDED} to a URL like postgresql://user:password@host:5432/database.` },
  ),
};

/** The password and every record go over this connection. */
export const databaseSection = section('PostgreSQL', databaseVariables, ({ url }) => {
  const { hostname, searchParams } = new URL(url.reveal());
  // The driver lets a parameter overrule the host; a path names a socket of this machine.
  const hosts = [hostname, ...searchParams.getAll('host')].filter((host) => !host.startsWith('/'));
  return hosts.every(isLoopbackHost) || searchParams.get('sslmode') === 'verify-full'
    ? []
    : ['DATABASE_URL leads to another machine: it needs sslmode=verify-full'];
});

const redisVariables = {
  url: required(
    {
      name: 'REDIS_URL',
      meaning:
        'Redis 7 or newer, or Valkey, with maxmemory-policy noeviction; with any other policy Umbra refuses to start, since jobs could vanish. Elsewhere than on loopback as rediss://.',
      schema: serviceUrl(['redis', 'rediss'], 'redis://:password@host:6379'),
      secret: true,
    },
    { shown: 'embedded', advice: `${EMBEDDED} to a URL like redis://:password@host:6379.` },
  ),
};

/** The password, jobs and cached answers go over this connection. */
export const redisSection = section('Redis', redisVariables, ({ url }) => {
  const { protocol, hostname } = new URL(url.reveal());
  return protocol === 'rediss:' || isLoopbackHost(hostname)
    ? []
    : ['REDIS_URL leads to another machine: it needs TLS, as rediss://'];
});

export const logSection = section('Log', {
  level: withDefault('info', {
    name: 'LOG_LEVEL',
    meaning: 'Least severe level that is logged: trace, debug, info, warn, error or fatal.',
    schema: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
  }),
});

const host = (name: string) =>
  withDefault('127.0.0.1', {
    name,
    meaning:
      'Address to listen on. Anything but loopback is reachable from other machines; it is warned of at start.',
    schema: plainText,
  });

export const bffSection = section('BFF', {
  port: withDefault('3000', {
    name: 'BFF_PORT',
    meaning: 'HTTP port. Unset: the next free one from 3000. Set and taken: an error.',
    schema: port,
  }),
  host: host('BFF_HOST'),
  trustedProxyHops: withDefault('0', {
    name: 'BFF_TRUSTED_PROXY_HOPS',
    meaning: 'How many proxies in front of the BFF may state the client address in X-Forwarded-For.',
    schema: wholeNumber(0, 16),
  }),
  corsOrigins: withDefault('', {
    name: 'BFF_CORS_ORIGINS',
    meaning:
      'Origins whose pages may call the BFF, comma-separated. Empty: none. Credentials are never allowed.',
    schema: listOf(httpsOrigin),
  }),
  clientRequestsPerSecond: withDefault('300', {
    name: 'BFF_CLIENT_REQUESTS_PER_SECOND',
    meaning:
      'Reads that one client (API key, or address where there is none) may send per second, over ten seconds and all processes; more are answered 429.',
    schema: wholeNumber(1, 1_000_000),
  }),
  clientFreshReadsPerMinute: withDefault('60', {
    name: 'BFF_CLIENT_FRESH_READS_PER_MINUTE',
    meaning:
      'Of these, reads per minute that demand an answer younger than five minutes (Cache-Control: max-age), which may cost a call to Salesforce.',
    schema: wholeNumber(1, 1_000_000),
  }),
});

export const workerSection = section('Worker', {
  port: withDefault('3001', {
    name: 'WORKER_PORT',
    meaning: 'HTTP port for health and metrics. Unset: the next free one from 3001. Set and taken: an error.',
    schema: port,
  }),
  host: host('WORKER_HOST'),
});

const currency = z.string().regex(/^[A-Z]{3}$/, 'needs an ISO 4217 code like EUR');

export const catalogueSection = section('Catalogue', {
  pricebookId: optional(
    {
      name: 'SF_PRICEBOOK_ID',
      meaning: 'Id of the price book whose prices the catalogue shows.',
      schema: z.string().regex(/^01s[a-zA-Z0-9]{12}([A-Z0-5]{3})?$/, 'needs the id of a Pricebook2 (01s…)'),
    },
    'the standard price book',
  ),
  defaultCurrency: optional(
    {
      name: 'SF_DEFAULT_CURRENCY',
      meaning:
        'Currency of every price. Needed when the org has a single currency, because its prices then carry none.',
      schema: currency,
    },
    'none',
  ),
  fieldMapFile: withDefault('config/field-map.yaml', {
    name: 'SF_FIELD_MAP_FILE',
    meaning: 'Which Salesforce field feeds which column, and which values of item_class make up an area.',
    schema: plainText,
  }),
});
