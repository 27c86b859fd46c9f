import { createHash } from 'node:crypto';
import type { EventLog } from './event-log.ts';
import { encodeReplayId } from './replay-id.ts';

/** Events per yielded piece: few enough that other requests get their turn in between. */
const EVENTS_PER_PIECE = 250;

export interface EventSelection {
  /** First event, counted from 1. */
  readonly from: number;
  readonly limit?: number;
  readonly object?: string;
}

/** Everything published so far, one event per line, with a digest by which a raw log can be compared. */
export function* eventLines(
  log: EventLog,
  replayIdBytes: 10 | 8,
  { from, limit = Number.POSITIVE_INFINITY, object }: EventSelection,
): Generator<string, void> {
  const end = log.length;
  let piece = '';
  let told = 0;
  for (let ordinal = from - 1; ordinal < end && told < limit; ordinal++) {
    if (object !== undefined && log.entityAt(ordinal) !== object) continue;
    const event = log.at(ordinal);
    if (event === undefined) continue;
    const { replay, entity, schemaId, at, note, payload } = event;
    const line = {
      n: ordinal + 1,
      replayId: encodeReplayId(replay, replayIdBytes).toString('hex'),
      entity,
      schemaId,
      sha256: createHash('sha256').update(schemaId).update(payload).digest('hex'),
      bytes: payload.length,
      at,
      ...note,
    };
    piece += `${JSON.stringify(line)}\n`;
    told++;
    if (told % EVENTS_PER_PIECE === 0) {
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}
