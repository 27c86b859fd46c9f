import { satisfies } from 'semver';
import { z } from 'zod';

/** How bad an advisory is, as the registry says. */
const severity = z.enum(['info', 'low', 'moderate', 'high', 'critical']);

/**
 * What is known about packages that we have, kept in the repository: every run judges by it without a network.
 * `nightly.ts` brings it up to date from the registry.
 */
export const snapshotSchema = z.strictObject({
  /** When the registry was last asked; null when never: then the entries were written by hand. */
  takenAt: z.iso.datetime().nullable(),
  advisories: z.array(
    z.strictObject({
      package: z.string(),
      id: z.string(),
      title: z.string(),
      severity,
      /** Known to be exploited in the wild. */
      exploited: z.boolean().default(false),
      /** Range of versions that have it. */
      vulnerable: z.string(),
      /** When we first knew: from then on the time for repair runs. */
      firstSeen: z.iso.date(),
    }),
  ),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

export const exceptionsSchema = z.array(
  z.strictObject({
    id: z.string(),
    reason: z.string().min(20),
    decidedOn: z.iso.date(),
    /** From this day on it counts no longer. */
    expires: z.iso.date(),
  }),
);
export type Exceptions = z.infer<typeof exceptionsSchema>;

const DAY_MS = 86_400_000;
/** Nobody may put a repair off for longer than this at a time. */
const LONGEST_EXCEPTION_DAYS = 90;

/** Days for a repair. Anything below high waits for the next regular update. */
function daysToRepair({ severity: how, exploited }: Snapshot['advisories'][number]): number {
  if (exploited || how === 'critical') return 2;
  return how === 'high' ? 7 : Infinity;
}

export interface Installed {
  readonly name: string;
  readonly version: string;
}

/** What must be repaired today, and exceptions that count no longer, as sentences. */
export function advisoryProblems(
  installed: readonly Installed[],
  { advisories }: Snapshot,
  exceptions: Exceptions,
  now: Date,
): string[] {
  const problems = exceptions.flatMap(({ id, decidedOn, expires }) => {
    const days = (Date.parse(expires) - Date.parse(decidedOn)) / DAY_MS;
    if (days > LONGEST_EXCEPTION_DAYS)
      return [`The exception for ${id} is for ${days} days; ${LONGEST_EXCEPTION_DAYS} is the most`];
    return Date.parse(expires) <= now.getTime() ? [`The exception for ${id} expired on ${expires}`] : [];
  });
  const excepted = new Set(
    exceptions.filter(({ expires }) => Date.parse(expires) > now.getTime()).map(({ id }) => id),
  );
  for (const advisory of advisories) {
    const due = Date.parse(advisory.firstSeen) + daysToRepair(advisory) * DAY_MS;
    if (excepted.has(advisory.id) || now.getTime() < due) continue;
    for (const { name, version } of installed)
      if (name === advisory.package && satisfies(version, advisory.vulnerable, { includePrerelease: true }))
        problems.push(`${name}@${version} has ${advisory.id} (${advisory.severity}): ${advisory.title}`);
  }
  return problems;
}
