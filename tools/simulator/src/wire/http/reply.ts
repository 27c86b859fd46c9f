/** A piece of a streamed body; text goes out as UTF-8. */
export type BodyChunk = string | Uint8Array;

/** What a route answers. Rendering, compression and the usage header are the server's business. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body:
    | { readonly kind: 'none' }
    | { readonly kind: 'json'; readonly value: unknown }
    | { readonly kind: 'text'; readonly text: string; readonly contentType: string }
    | {
        readonly kind: 'stream';
        readonly chunks: Iterable<BodyChunk> | AsyncIterable<BodyChunk>;
        readonly contentType: string;
      };
}

export const json = (value: unknown, status = 200, headers?: Record<string, string>): Reply => ({
  status,
  body: { kind: 'json', value },
  ...(headers === undefined ? {} : { headers }),
});

export const empty = (status: number, headers?: Record<string, string>): Reply => ({
  status,
  body: { kind: 'none' },
  ...(headers === undefined ? {} : { headers }),
});

export const html = (status: number, title: string): Reply => ({
  status,
  body: {
    kind: 'text',
    contentType: 'text/html',
    text: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
  },
});
