/**
 * How often the generated cases of a property run: 1 by default, 100 with
 * `pnpm jest --selectProjects domain sync --globals '{"umbraPropertyDepth":100}'`.
 */
export const depth: number = Number((globalThis as { umbraPropertyDepth?: number }).umbraPropertyDepth ?? 1);
