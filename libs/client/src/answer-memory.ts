type Send = (request: Request) => Promise<Response>;

interface Kept {
  readonly etag: string;
  readonly body: { readonly data: unknown; readonly meta: Record<string, unknown> };
}

/**
 * Answers by their URL, to be asked for by their ETag. A 304 comes without a body: the data is taken from memory, and
 * what the headers say of its age replaces what was said then.
 */
export class AnswerMemory {
  readonly #most: number;
  readonly #send: Send;
  /** The one used last stands last. */
  readonly #kept = new Map<string, Kept>();

  constructor(most: number, send: Send) {
    this.#most = most;
    this.#send = send;
  }

  async fetch(request: Request): Promise<Response> {
    if (request.method !== 'GET' || request.headers.has('if-none-match')) return this.#send(request);
    const { url } = request;
    const kept = this.#kept.get(url);
    if (kept !== undefined) request.headers.set('if-none-match', kept.etag);
    const answer = await this.#send(request);
    if (kept !== undefined && answer.status === 304) {
      this.#remember(url, kept);
      return unchanged(kept, answer);
    }
    const etag = answer.headers.get('etag');
    if (answer.status === 200 && etag !== null && this.#most > 0)
      this.#remember(url, { etag, body: (await answer.clone().json()) as Kept['body'] });
    return answer;
  }

  #remember(url: string, kept: Kept): void {
    this.#kept.delete(url);
    this.#kept.set(url, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest);
  }
}

function unchanged({ body, etag }: Kept, { headers }: Response): Response {
  const meta = {
    source: headers.get('x-data-source') ?? body.meta['source'],
    asOf: headers.get('x-data-as-of') ?? body.meta['asOf'],
    ageSeconds: Number(headers.get('age') ?? body.meta['ageSeconds']),
    stale: headers.get('x-data-stale') === 'true',
  };
  const told = new Headers(headers);
  told.set('etag', etag);
  told.set('content-type', 'application/json');
  return new Response(JSON.stringify({ data: body.data, meta }), { status: 200, headers: told });
}
