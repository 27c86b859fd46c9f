import type { EpochRaise, StreamLease } from '@umbra/domain';
import type { IngestDeps, Topic } from './ingest-deps.ts';

/** The org instance behind a topic, as text. Costs a call. */
export async function identityOf(deps: Pick<IngestDeps, 'records'>): Promise<string> {
  const { instance, orgId } = await deps.records.identity();
  return `${orgId}/${instance}`;
}

interface Asked {
  readonly at: number;
  readonly identity: Promise<string>;
}

/** What this process was told last, by its dependencies, which all its topics share. */
const asked = new WeakMap<object, Asked>();

/**
 * The same, at most `maxAgeMs` old: the topics of a process look at the org by turns, and one look serves them all. A
 * look that failed is no answer.
 */
export function recentIdentityOf(
  deps: Pick<IngestDeps, 'records' | 'clock'>,
  maxAgeMs: number,
): Promise<string> {
  const now = deps.clock.monotonic();
  const known = asked.get(deps);
  if (known !== undefined && now - known.at < maxAgeMs) return known.identity;
  const identity = identityOf(deps);
  asked.set(deps, { at: now, identity });
  identity.catch(() => asked.delete(deps));
  return identity;
}

/**
 * Begins a new numbering; the store opens the holes with it. The identity comes last: after a crash in between the
 * epoch is raised once more, which costs a read, while an identity without its raise would hide the new org for ever.
 * Nothing of the old numbering is dropped: its backlog merges below everything new.
 */
export async function raiseEpoch(
  deps: IngestDeps,
  topic: Topic,
  lease: StreamLease,
  reason: EpochRaise,
): Promise<void> {
  asked.delete(deps);
  const identity = await identityOf(deps);
  const known = await deps.identity.known(topic.name);
  // A position is refused by another org, too: then nothing of before is proven, whatever was asked.
  const moved = known !== undefined && known !== identity;
  const epoch = await deps.streams.raiseEpoch(lease, moved ? 'org-changed' : reason);
  if (moved) await deps.onOrgMoved?.();
  await deps.identity.remember(topic.name, identity);
  deps.log.warn({ topic: topic.name, epoch, reason }, 'epoch raised');
}
