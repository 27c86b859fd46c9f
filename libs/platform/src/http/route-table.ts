/** The routes that a server has registered, to tell an unknown path from a known one with another method. */
export class RouteTable {
  readonly #routes: { readonly segments: readonly string[]; readonly method: string }[] = [];

  add(method: string | readonly string[], pattern: string): void {
    for (const each of typeof method === 'string' ? [method] : method)
      this.#routes.push({ segments: segmentsOf(pattern), method: each });
  }

  /** Patterns with their methods, `GET /api/eligibility/:accountId`. */
  list(): readonly string[] {
    return this.#routes.map(({ method, segments }) => `${method} /${segments.join('/')}`).sort();
  }

  /** Methods that the path takes; none when it is unknown. */
  methodsOf(path: string): readonly string[] {
    const segments = segmentsOf(path);
    const methods = this.#routes
      .filter((route) => matches(route.segments, segments))
      .map(({ method }) => method);
    return [...new Set(methods)].sort();
  }
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.length !== path.length) return false;
  return pattern.every((segment, at) => segment.startsWith(':') || segment === path[at]);
}
