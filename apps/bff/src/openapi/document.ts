import { errorCatalogue, UmbraError, type ErrorCode } from '@umbra/domain';
import { problemOf } from '@umbra/platform';
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';

type Json = Readonly<Record<string, unknown>>;

const PROBLEM = 'application/problem+json';

const problemSchema = z
  .strictObject({
    type: z.string().meta({ example: 'urn:umbra:error:INPUT_INVALID' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; made for programs to act upon.' }),
    detail: z.string(),
    problems: z.array(z.string()).optional().meta({ description: 'Every problem of a bad input.' }),
    instance: z.string().meta({ description: 'Finds the entry in the log of the server.' }),
  })
  .meta({ id: 'Problem', description: 'What went wrong (RFC 9457).' });

/**
 * The OpenAPI 3.1 document of these endpoints.
 * @param version of the product
 */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const schemas = new SchemaBook();
  for (const endpoint of endpoints)
    (paths[endpoint.path] ??= {})[endpoint.method] = operationOf(endpoint, schemas);
  schemas.of(problemSchema, 'output');
  return {
    openapi: '3.1.1',
    info: {
      title: 'Umbra',
      version,
      description:
        'Catalogue, prices and eligibility from a provably fresh copy of Salesforce. Every answer says where it came from and how old it is.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, as ./umbra ops key add prints it.',
        },
      },
      schemas: schemas.named(),
    },
  };
}

function operationOf(endpoint: Endpoint, schemas: SchemaBook): Json {
  const { body } = endpoint;
  const parameters = [
    ...parametersOf(endpoint.params, 'path', schemas),
    ...parametersOf(endpoint.query, 'query', schemas),
    ...(endpoint.fresh ? [ifNoneMatch] : []),
    ...(endpoint.path.startsWith('/api/') ? [demandedAge] : []),
  ];
  return {
    operationId: operationId(endpoint),
    tags: [endpoint.tag],
    summary: endpoint.summary,
    ...(endpoint.description === undefined ? {} : { description: endpoint.description }),
    security: endpoint.scope === 'open' ? [] : [{ apiKey: [endpoint.scope] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemas.of(body, 'input') } },
          },
        }),
    responses: responsesOf(endpoint, schemas),
  };
}

/** `get-catalog-products-sku`: stable as long as method and path are. */
function operationId({ method, path }: Endpoint): string {
  const words = path.split('/').filter((part) => part !== '' && part !== 'api');
  return [method, ...words.map((word) => word.replaceAll(/[{}]/g, '').replaceAll('.', '-'))].join('-');
}

const ifNoneMatch: Json = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'An ETag from before: 304 when the data is still the same.',
  schema: { type: 'string' },
};

const demandedAge: Json = {
  name: 'Cache-Control',
  in: 'header',
  required: false,
  description:
    '`max-age=N` demands an answer that is proven to be at most N seconds old; without it, answers may be as old as they say.',
  schema: { type: 'string' },
  example: 'max-age=60',
};

const retryAfter: Json = {
  'Retry-After': { description: 'Seconds until it may be worth another try.', schema: { type: 'integer' } },
};

function parametersOf(
  schema: z.ZodObject | undefined,
  place: 'path' | 'query',
  schemas: SchemaBook,
): readonly Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.of(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, example, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { example }),
    schema: rest,
  }));
}

function responsesOf(endpoint: Endpoint, schemas: SchemaBook): Json {
  const { answer, fresh } = endpoint;
  const responses: Record<string, Json> = {
    '200': {
      description: answer.description,
      ...(fresh ? { headers: freshHeaders } : {}),
      content:
        answer.kind === 'json'
          ? { 'application/json': { schema: schemas.of(answer.schema, 'output') } }
          : { [answer.contentType]: { schema: { type: 'string' } } },
    },
  };
  if (fresh)
    responses['304'] = {
      description: 'The data is still the same.',
      headers: { ...freshHeaders, ...unchangedHeaders },
    };
  for (const [status, codes] of problemsByStatus(endpoint))
    responses[String(status)] = {
      description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].meaning}`).join('\n\n'),
      ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
      content: { [PROBLEM]: { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  return responses;
}

const freshHeaders: Json = {
  ETag: { description: 'Changes when the data changes.', schema: { type: 'string' } },
  Age: { description: 'Seconds since the data was proven true.', schema: { type: 'integer' } },
  'X-Data-Source': {
    description: 'Who answered.',
    schema: { type: 'string', enum: ['cache', 'shadow', 'salesforce'] },
  },
};

/** What the body would have said, where there is none. */
const unchangedHeaders: Json = {
  'X-Data-As-Of': { description: 'As `meta.asOf`.', schema: { type: 'string', format: 'date-time' } },
  'X-Data-Stale': { description: 'As `meta.stale`.', schema: { type: 'string', enum: ['true', 'false'] } },
};

function problemsByStatus(endpoint: Endpoint): ReadonlyMap<number, readonly ErrorCode[]> {
  const codes = new Set<ErrorCode>(endpoint.problems);
  if (endpoint.scope !== 'open') {
    codes.add('INPUT_CREDENTIALS_MISSING');
    codes.add('INPUT_SCOPE_MISSING');
  }
  if (endpoint.params !== undefined || endpoint.query !== undefined || endpoint.body !== undefined)
    codes.add('INPUT_INVALID');
  if (endpoint.body !== undefined) codes.add('INPUT_TOO_LARGE');
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = problemOf(new UmbraError(code, ''), '');
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return new Map([...byStatus].sort(([a], [b]) => a - b));
}

/** JSON Schemas in the dialect of OpenAPI 3.1. Those with a name of their own are kept once and referred to. */
class SchemaBook {
  readonly #named = new Map<string, Json>();

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const own = schema.meta()?.id;
    const {
      $schema: _dialect,
      $defs = {},
      ...rest
    } = relocated(z.toJSONSchema(schema, { io })) as JsonSchema;
    for (const [name, definition] of Object.entries($defs)) this.#keep(name, definition);
    // zod defines a schema of that name by itself and answers with a reference to it, or leaves that to us.
    if (own === undefined || '$ref' in rest) return rest;
    this.#keep(own, rest);
    return { $ref: `${COMPONENTS}${own}` };
  }

  named(): Json {
    return Object.fromEntries([...this.#named].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #keep(name: string, { id: _id, ...definition }: Json): void {
    this.#named.set(name, definition);
  }
}

type JsonSchema = Json & { readonly $defs?: Readonly<Record<string, Json>> };

const COMPONENTS = '#/components/schemas/';

/** The same schema with its references pointing into the document instead of into itself. */
function relocated(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${COMPONENTS}`));
}
