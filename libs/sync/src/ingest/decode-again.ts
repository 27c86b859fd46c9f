import {
  eventVersion,
  isUmbraError,
  newestOf,
  NO_VERSION,
  readChange,
  type CoverageLedger,
  type Hole,
  type StreamLog,
  type StreamStatus,
  type UndecodedEvent,
  type Version,
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
  const newest = new Map<number, Version>();
  let decoded = 0;
  for (const event of waiting) {
    const version = await decodeOne(deps, event);
    if (version === undefined) continue;
    decoded++;
    newest.set(event.streamId, newestOf(newest.get(event.streamId) ?? NO_VERSION, version));
  }
  const left = decoded === 0 ? waiting : await deps.streams.undecoded(AT_ONCE);
  for (const stream of await deps.streams.streams()) {
    const own = left.filter(({ streamId }) => streamId === stream.streamId);
    if (own.length > 0) await keepOpen(deps, stream, own, newest.get(stream.streamId));
    else if (left.length < AT_ONCE) await close(deps, stream);
  }
  return decoded;
}

/** @returns the version of the event; undefined when it still cannot be read */
async function decodeOne(deps: DecodeAgainDeps, event: UndecodedEvent): Promise<Version | undefined> {
  try {
    const { decoder } = await deps.schemas.schema(event.schemaId);
    const change = decoder.decode(event.payload);
    const read = readChange(event.epoch, change);
    for (const { cause, from, object, version } of read.holes) {
      await deps.ledger.open({ object, scope: 'object', recordId: null, cause, from, version });
    }
    deps.nudges.nudge(await deps.streams.decoded(event, read.changes, change.header));
    return eventVersion(event.epoch, change.header.commitNumber, change.header.sequenceNumber);
  } catch (error) {
    const unreadable =
      error instanceof RangeError || (isUmbraError(error) && !error.code.startsWith('STORE_'));
    if (!unreadable) throw error;
    return undefined;
  }
}

/**
 * Makes sure of the hole while events of the topic cannot be read: its opening may have been lost in a crash, or it was
 * closed by a full read. Such a read holds good until one of them is read and others are not: the change that it made
 * comes above the read, over what the others made of the same record.
 */
async function keepOpen(
  deps: DecodeAgainDeps,
  stream: StreamStatus,
  events: readonly UndecodedEvent[],
  decoded: Version | undefined,
): Promise<void> {
  const open = await holesOf(deps, stream);
  for (const object of stream.objects) {
    const known = open.find((hole) => hole.object === object);
    if (known !== undefined && decoded === undefined) continue;
    const intervals = await deps.ledger.intervals(object, 'rows');
    const isRead = ({ receivedAt }: UndecodedEvent): boolean =>
      intervals.some(({ from, to }) => from === null && to >= receivedAt);
    if (decoded === undefined && events.every(isRead)) continue;
    // When the unread events were committed is in the bytes that nobody can read: not before the proof began.
    const from = known?.from ?? stream.evidenceFrom ?? new Date(0);
    const version = decoded ?? null;
    await deps.ledger.open({ object, scope: 'object', recordId: null, cause: 'undecodable', from, version });
  }
}

/**
 * Closes the holes of a topic whose every event is read, by what the stream proves; then looks once more, since an
 * event that came in between found the hole open still and would be left without one.
 */
async function close(deps: DecodeAgainDeps, stream: StreamStatus): Promise<void> {
  const { epoch, evidenceAt, evidenceFrom, streamId } = stream;
  if (evidenceAt === null || evidenceFrom === null) return;
  const closing = (await holesOf(deps, stream)).filter(
    ({ from, openedAt }) => from >= evidenceFrom && openedAt <= evidenceAt,
  );
  if (closing.length === 0) return;
  for (const { from, id, object, version } of closing) {
    const proven = { from, to: evidenceAt, via: 'stream', epoch, runId: null, stamp: version } as const;
    await deps.ledger.prove({ object, facet: 'rows', ...proven }, [id]);
  }
  const since = (await deps.streams.undecoded(AT_ONCE)).filter((event) => event.streamId === streamId);
  if (since.length > 0) await keepOpen(deps, stream, since, undefined);
}

async function holesOf(deps: DecodeAgainDeps, { objects }: StreamStatus): Promise<readonly Hole[]> {
  return (await deps.ledger.openHoles()).filter(
    ({ cause, object }) => cause === 'undecodable' && objects.includes(object),
  );
}
