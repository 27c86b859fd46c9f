import {
  isUmbraError,
  readChange,
  type CoverageLedger,
  type Hole,
  type MirroredObjectName,
  type StreamLog,
  type UndecodedEvent,
} from '@umbra/domain';
import type { LaneNudges } from './lane-nudges.ts';
import type { SchemaBook } from './schema-book.ts';

export interface DecodeAgainDeps {
  readonly streams: StreamLog;
  readonly schemas: SchemaBook;
  readonly ledger: CoverageLedger;
  readonly nudges: LaneNudges;
}

const AT_ONCE = 500;

/**
 * Tries the events again that were stored without being understood: the schema may be back, or the decoder mended.
 * When a topic has none left, the holes that they tore are closed by what the topic proves.
 * @returns how many events decoded
 */
export async function decodeAgain(deps: DecodeAgainDeps): Promise<number> {
  const waiting = await deps.streams.undecoded(AT_ONCE);
  let decoded = 0;
  for (const event of waiting) if (await decodeOne(deps, event)) decoded++;
  const left = decoded === 0 ? waiting : await deps.streams.undecoded(AT_ONCE);
  await settleHoles(deps, left);
  return decoded;
}

async function decodeOne(deps: DecodeAgainDeps, event: UndecodedEvent): Promise<boolean> {
  try {
    const { decoder } = await deps.schemas.schema(event.schemaId);
    const read = readChange(event.epoch, decoder.decode(event.payload));
    for (const { cause, from, object, version } of read.holes) {
      await deps.ledger.open({ object, scope: 'object', recordId: null, cause, from, version });
    }
    deps.nudges.nudge(await deps.streams.decoded(event, read.changes));
    return true;
  } catch (error) {
    const unreadable = error instanceof RangeError || (isUmbraError(error) && !error.code.startsWith('STORE_'));
    if (!unreadable) throw error;
    return false;
  }
}

/**
 * Closes the holes of topics without such events, then looks once more: an event that came in between found the hole
 * open still, and would be left without one.
 */
async function settleHoles(deps: DecodeAgainDeps, left: readonly UndecodedEvent[]): Promise<void> {
  const streams = await deps.streams.streams();
  const holes = (await deps.ledger.openHoles()).filter(({ cause }) => cause === 'undecodable');
  for (const stream of streams) {
    const own = left.filter(({ streamId }) => streamId === stream.streamId);
    const open = holes.filter(({ object }) => stream.objects.includes(object));
    if (own.length > 0) await openMissing(deps, stream.objects, open, own);
    else if (open.length > 0 && left.length < AT_ONCE) {
      for (const { from, id, object } of open) {
        // What the stream proves was claimed when it came; the hole alone kept it from counting.
        const nothingMore = { from, to: from, via: 'stream', epoch: stream.epoch, runId: null } as const;
        await deps.ledger.prove({ object, facet: 'rows', ...nothingMore }, [id]);
      }
      const since = (await deps.streams.undecoded(AT_ONCE)).filter((event) => event.streamId === stream.streamId);
      if (since.length > 0) await openMissing(deps, stream.objects, [], since);
    }
  }
}

async function openMissing(
  deps: DecodeAgainDeps,
  objects: readonly MirroredObjectName[],
  open: readonly Hole[],
  events: readonly UndecodedEvent[],
): Promise<void> {
  for (const object of objects) {
    if (open.some((hole) => hole.object === object)) continue;
    const intervals = await deps.ledger.intervals(object, 'rows');
    // A full read that began after an event came has shown what it said.
    const isRead = ({ receivedAt }: UndecodedEvent): boolean =>
      intervals.some(({ from, to }) => from === null && to >= receivedAt);
    if (events.every(isRead)) continue;
    // When the unread events were committed is in the bytes that nobody can read.
    const from = new Date(0);
    await deps.ledger.open({ object, scope: 'object', recordId: null, cause: 'undecodable', from, version: null });
  }
}
