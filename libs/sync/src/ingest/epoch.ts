import type { EpochRaise, StreamLease } from '@umbra/domain';
import type { IngestDeps, Topic } from './ingest-deps.ts';

/** The org instance behind a topic, as text. */
export async function identityOf(deps: Pick<IngestDeps, 'records'>): Promise<string> {
  const { instance, orgId } = await deps.records.org();
  return `${orgId}/${instance}`;
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
  const identity = await identityOf(deps);
  const known = await deps.identity.known(topic.name);
  // A position is refused by another org, too: then nothing of before is proven, whatever was asked.
  const moved = known !== undefined && known !== identity;
  const epoch = await deps.streams.raiseEpoch(lease, moved ? 'org-changed' : reason);
  await deps.identity.remember(topic.name, identity);
  deps.log.warn({ topic: topic.name, epoch, reason }, 'epoch raised');
}
