import type { ErrorCode } from '@umbra/domain';
import type { z } from 'zod';

/** One endpoint as its document tells it. Controllers read the same schemas, so the two cannot drift apart. */
export interface Endpoint {
  readonly method: 'get' | 'post';
  /** With `{parameters}`, as OpenAPI writes them. */
  readonly path: string;
  readonly tag: string;
  readonly scope: 'open' | 'read' | 'operator';
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly answer:
    | { readonly kind: 'json'; readonly schema: z.ZodType; readonly description: string }
    | { readonly kind: 'text'; readonly contentType: string; readonly description: string };
  /** The answer says how fresh it is: `ETag`, `Age`, `X-Data-Source`, and 304. */
  readonly fresh: boolean;
  /** Codes that this endpoint may answer with, besides those that every endpoint of its scope may. */
  readonly problems: readonly ErrorCode[];
}
