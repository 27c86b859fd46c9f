import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { snapshotSchema, type Snapshot } from './advisories.ts';
import type { Installed } from './advisories.ts';

/** Answer of the registry's bulk endpoint, by package. Source: npm's `audit` protocol, "bulk advisory endpoint". */
const bulkAnswer = z.record(
  z.string(),
  z.array(
    z.looseObject({
      url: z.string(),
      title: z.string(),
      severity: z.enum(['info', 'low', 'moderate', 'high', 'critical']),
      vulnerable_versions: z.string(),
    }),
  ),
);

export const SNAPSHOT_FILE = 'tools/checks/advisories/snapshot.json';

/**
 * Asks the registry about every installed package and writes the snapshot anew. An advisory that was known keeps the
 * day on which it was first seen.
 * @throws Error when the registry does not answer as documented; the snapshot stays as it is
 */
export async function refreshSnapshot(
  installed: readonly Installed[],
  {
    registry,
    file = SNAPSHOT_FILE,
    now,
  }: { readonly registry: string; readonly file?: string; readonly now: Date },
): Promise<Snapshot> {
  const known = snapshotSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const versions: Record<string, string[]> = {};
  for (const { name, version } of installed) (versions[name] ??= []).push(version);
  const answer = await fetch(new URL('/-/npm/v1/security/advisories/bulk', registry), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(versions),
    signal: AbortSignal.timeout(60_000),
  });
  if (!answer.ok) throw new Error(`The registry answered ${answer.status}`);
  const byPackage = bulkAnswer.parse(await answer.json());
  const snapshot: Snapshot = {
    takenAt: now.toISOString(),
    advisories: Object.entries(byPackage).flatMap(([name, found]) =>
      found.map(({ url, title, severity, vulnerable_versions: vulnerable }) => {
        const id = url.slice(url.lastIndexOf('/') + 1);
        const before = known.advisories.find((each) => each.id === id && each.package === name);
        return {
          package: name,
          id,
          title,
          severity,
          exploited: before?.exploited ?? false,
          vulnerable,
          firstSeen: before?.firstSeen ?? now.toISOString().slice(0, 10),
        };
      }),
    ),
  };
  writeFileSync(file, `${JSON.stringify(snapshot, undefined, 2)}\n`);
  return snapshot;
}
