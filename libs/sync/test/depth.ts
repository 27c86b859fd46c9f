/**
 * How often the generated cases of a property run: 1 by default, 100 with
 * `pnpm jest --selectProjects domain sync --globals '{"umbraPropertyDepth":100}'`.
 */
export const depth: number = Number((globalThis as { umbraPropertyDepth?: number }).umbraPropertyDepth ?? 1);

/** First seed of generated schedules: fresh in every run, or the one that a failure named (`umbraSeed`). */
export const firstSeed: number = Number(
  (globalThis as { umbraSeed?: number }).umbraSeed ?? process.hrtime.bigint() % 1_000_000n,
);
