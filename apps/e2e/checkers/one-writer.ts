import type { Checkpoint, RawInsert } from './traces.ts';

/**
 * Had each topic one writer at a time? Per topic the fence never falls, a fence belongs to one owner, the numbering
 * goes on, the position never goes back within an epoch, and no event entered the log but in a transaction that moved the position under its fence.
 * @param checkpoints in the order of commit
 * @returns what speaks against it
 */
export function writersInTurn(checkpoints: readonly Checkpoint[], inserts: readonly RawInsert[]): string[] {
  const found: string[] = [];
  const newest = new Map<string, Checkpoint>();
  const owners = new Map<string, string>();
  const positions = new Set<string>();
  for (const each of checkpoints) {
    const { fence, n, next_seq, owner, topic, xid } = each;
    positions.add(`${xid} ${topic}`);
    const before = newest.get(topic);
    newest.set(topic, each);
    if (before !== undefined && BigInt(fence) < BigInt(before.fence))
      found.push(`${topic}: commit ${n} carries fence ${fence} after ${before.fence} (${before.n})`);
    if (before !== undefined && BigInt(next_seq) < BigInt(before.next_seq))
      found.push(`${topic}: commit ${n} gives number ${next_seq} again (${before.n})`);
    if (before !== undefined && isBehind(each, before))
      found.push(`${topic}: commit ${n} puts the position back to ${String(each.replay_id)} (${before.n})`);
    if (owner === null) continue;
    const key = `${topic} ${fence}`;
    const known = owners.get(key);
    if (known !== undefined && known !== owner)
      found.push(`${topic}: fence ${fence} has two owners, ${known} and ${owner}`);
    owners.set(key, owner);
  }
  for (const { events, topic, xid } of inserts)
    if (!positions.has(`${xid} ${topic}`))
      found.push(`${topic}: ${events} events entered the log without its position (transaction ${xid})`);
  return found;
}

function isBehind(now: Checkpoint, before: Checkpoint): boolean {
  if (now.epoch !== before.epoch || now.replay_id === null || before.replay_id === null) return false;
  return now.replay_id < before.replay_id;
}
