/**
 * How often the generated cases of a property run: 1 by default, 100 with
 * `pnpm jest --selectProjects domain sync --globals '{"umbraPropertyDepth":100}'`.
 */
export const depth: number = Number((globalThis as { umbraPropertyDepth?: number }).umbraPropertyDepth ?? 1);

/**
 * First seed of generated schedules: 1 in the ordinary suite, so that no landing depends on luck; fresh in deeper runs,
 * which look for what nobody has seen; or the one that a failure named (`umbraSeed`).
 */
export const firstSeed: number = Number(
  (globalThis as { umbraSeed?: number }).umbraSeed ?? (depth > 1 ? process.hrtime.bigint() % 1_000_000n : 1),
);
