import type { App } from './world.ts';

export interface Meta {
  readonly source: 'cache' | 'shadow' | 'salesforce';
  readonly asOf: string;
  readonly ageSeconds: number;
  readonly stale: boolean;
}

/** An answer of the BFF; `data` and `meta` are there when it is one, `problem` when it is a problem document. */
export interface Reply<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: T;
  readonly meta: Meta;
  readonly problem: Problem;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly problems?: readonly string[];
  readonly instance: string;
}

/** Asks the BFF the way a client does. */
export class Reader {
  readonly #app: App;
  readonly #key: string;

  constructor(app: App, key: string) {
    this.#app = app;
    this.#key = key;
  }

  get<T = unknown>(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply<T>> {
    return this.#ask('GET', path, headers);
  }

  quote<T = unknown>(body: unknown): Promise<Reply<T>> {
    const headers = { 'content-type': 'application/json' };
    return this.#ask('POST', '/api/orders/quote', headers, JSON.stringify(body));
  }

  async #ask<T>(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Reply<T>> {
    const answer = await fetch(`${this.#app.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true && text !== '';
    const read = (isJson ? JSON.parse(text) : {}) as { data: T; meta: Meta };
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      data: read.data,
      meta: read.meta,
      problem: read as unknown as Problem,
    };
  }
}
