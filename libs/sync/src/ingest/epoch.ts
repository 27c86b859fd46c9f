import {
  eventVersion,
  type EpochRaise,
  type HoleCause,
  type StreamLease,
  type StreamPosition,
} from '@umbra/domain';
import type { IngestDeps, Topic } from './ingest-deps.ts';

const causeOf: Readonly<Record<EpochRaise, HoleCause>> = {
  'replay-refused': 'replay-rejected',
  'org-changed': 'epoch-raised',
  'numbers-restarted': 'epoch-raised',
  operator: 'epoch-raised',
};

/** The org instance behind a topic, as text. */
export async function identityOf(deps: Pick<IngestDeps, 'records'>): Promise<string> {
  const { instance, orgId } = await deps.records.org();
  return `${orgId}/${instance}`;
}

/**
 * Begins a new numbering. The holes come first: a crash in between leaves holes that the next attempt finds again,
 * while a raise without them would forget what was never received. The identity comes last, for the same reason.
 * Nothing of the old numbering is dropped: its backlog merges below everything new.
 * @returns the new epoch
 */
export async function raiseEpoch(
  deps: IngestDeps,
  topic: Topic,
  lease: StreamLease,
  position: StreamPosition,
  reason: EpochRaise,
): Promise<number> {
  const identity = await identityOf(deps);
  for (const object of topic.objects) {
    await deps.ledger.open({
      object,
      scope: 'object',
      recordId: null,
      cause: causeOf[reason],
      from: position.evidenceAt ?? new Date(0),
      version: eventVersion(position.epoch + 1, 0n, 0),
    });
  }
  const epoch = await deps.streams.raiseEpoch(lease, reason);
  await deps.identity.remember(topic.name, identity);
  deps.log.warn({ topic: topic.name, epoch, reason }, 'epoch raised');
  return epoch;
}
