import pg from 'pg';

type Query = (...args: unknown[]) => unknown;

/**
 * Stands between the store and its connections: inside a transaction there is no port that could be replaced.
 * @param around sends the text, or another one, and may look at what becomes of it
 */
export function onStatements(around: (text: string, send: (text: string) => unknown) => unknown): void {
  const { prototype } = pg.Client as unknown as { prototype: { query: Query } };
  const { query } = prototype;
  prototype.query = function (this: unknown, ...args: unknown[]): unknown {
    const [first, ...rest] = args;
    if (typeof first === 'string') return around(first, (text) => query.apply(this, [text, ...rest]));
    // The pool and cursors hand objects of their own through here, which are not to be copied.
    if (!isConfiguration(first)) return query.apply(this, args);
    return around(first.text, (text) => query.apply(this, [{ ...first, text }, ...rest]));
  };
}

function isConfiguration(first: unknown): first is { readonly text: string } {
  return (
    typeof first === 'object' &&
    first !== null &&
    Object.getPrototypeOf(first) === Object.prototype &&
    'text' in first &&
    typeof first.text === 'string'
  );
}
