import { UmbraError } from '@umbra/domain';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { ApiKeyFile } from './api-key-file.ts';
import { isScope, type Scope } from './api-keys.ts';

/** What a route asks of its caller: nothing, or a key with this scope. */
export type RouteScope = Scope | 'open';

type Handler = (...args: never[]) => unknown;

const declared = new WeakMap<Handler, RouteScope>();

/** Declares what a route asks of its caller. A route without it stops the boot. */
export function Access(scope: RouteScope) {
  return (_target: object, _name: string | symbol, descriptor: PropertyDescriptor): void => {
    declared.set(descriptor.value as Handler, scope);
  };
}

/**
 * Deny by default: every handler of every controller must declare its scope.
 * @param routes handlers by a name for people, `CatalogController.products`
 * @throws UmbraError INPUT_CONFIGURATION naming those that do not
 */
export function refuseUndeclaredRoutes(routes: ReadonlyMap<string, Handler>): void {
  const bare = [...routes].filter(([, handler]) => !declared.has(handler)).map(([name]) => name);
  if (bare.length > 0)
    throw new UmbraError('INPUT_CONFIGURATION', 'Routes without a declared scope', {
      problems: bare.map((name) => `${name} declares no scope`),
    });
}

/** The part of a request that the guard reads and writes. */
interface GuardedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Label of the key, for the log. */
  caller?: string;
}

const BEARER = /^Bearer +([A-Za-z0-9_-]{16,256})$/i;

/** Lets a request through when its key has the scope that the route declares. */
export class AccessGuard implements CanActivate {
  readonly #keys: Pick<ApiKeyFile, 'find'> | undefined;

  /** @param keys undefined for AUTH_MODE=none, where everybody may do everything */
  constructor(keys: Pick<ApiKeyFile, 'find'> | undefined) {
    this.#keys = keys;
  }

  /** @throws UmbraError INPUT_CREDENTIALS_MISSING or INPUT_SCOPE_MISSING */
  canActivate(context: ExecutionContext): boolean {
    const scope = declared.get(context.getHandler() as Handler);
    if (scope === 'open') return true;
    if (this.#keys === undefined) return scope !== undefined;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const header = request.headers['authorization'];
    const text = typeof header === 'string' ? BEARER.exec(header)?.[1] : undefined;
    const key = text === undefined ? undefined : this.#keys.find(text);
    if (key === undefined) throw new UmbraError('INPUT_CREDENTIALS_MISSING', 'A valid API key is needed');
    if (scope === undefined || !isScope(scope) || !key.scopes.includes(scope))
      throw new UmbraError('INPUT_SCOPE_MISSING', `The key lacks the scope ${scope ?? 'of this route'}`);
    request.caller = key.label;
    return true;
  }
}
