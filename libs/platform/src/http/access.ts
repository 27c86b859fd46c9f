import { UmbraError } from '@umbra/domain';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { isScope, type Scope } from './api-keys.ts';
import type { Caller, Callers } from './callers.ts';

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
  /** Label of the caller, for the log and for limits. */
  caller?: string;
}

/** API keys and tokens: letters, digits and what base64url and JWT add. */
const BEARER = /^Bearer ([A-Za-z0-9._-]+)$/i;
/** No honest token is longer. */
const LONGEST_HEADER = 8_192;

/**
 * Who sent the request.
 * @returns undefined when nobody is known by what it carries
 * @throws UmbraError INPUT_ISSUER_UNAVAILABLE
 */
export function findCaller(
  callers: Callers,
  { authorization: header }: GuardedRequest['headers'],
): Caller | undefined | Promise<Caller | undefined> {
  const bearer =
    typeof header === 'string' && header.length <= LONGEST_HEADER ? BEARER.exec(header)?.[1] : undefined;
  return bearer === undefined ? undefined : callers.find(bearer);
}

/** Lets a request through when its caller has the scope that the route declares. */
export class AccessGuard implements CanActivate {
  readonly #callers: Callers | undefined;

  /** @param callers undefined for AUTH_MODE=none, where everybody may do everything */
  constructor(callers: Callers | undefined) {
    this.#callers = callers;
  }

  /** @throws UmbraError INPUT_CREDENTIALS_MISSING, INPUT_SCOPE_MISSING, INPUT_ISSUER_UNAVAILABLE */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const scope = declared.get(context.getHandler() as Handler);
    if (scope === 'open') return true;
    if (this.#callers === undefined) return scope !== undefined;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const found = findCaller(this.#callers, request.headers);
    return found instanceof Promise
      ? found.then((caller) => admit(request, caller, scope))
      : admit(request, found, scope);
  }
}

function admit(request: GuardedRequest, caller: Caller | undefined, scope: RouteScope | undefined): true {
  if (caller === undefined)
    throw new UmbraError('INPUT_CREDENTIALS_MISSING', 'A valid API key or token is needed');
  request.caller = caller.label;
  if (scope === undefined || !isScope(scope) || !caller.scopes.includes(scope))
    throw new UmbraError('INPUT_SCOPE_MISSING', `The caller lacks the scope ${scope ?? 'of this route'}`);
  return true;
}
