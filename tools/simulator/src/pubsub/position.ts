import type { EventBus } from './event-bus.ts';
import type { FetchRequest } from './interface.ts';
import { decodeReplayId } from './replay-id.ts';
import { ends, type StreamEnd } from './stream-end.ts';

export const PRESETS = ['LATEST', 'EARLIEST', 'CUSTOM'] as const;

/**
 * Place in the log at which a subscription begins. CUSTOM begins behind its replay id, which must neither have aged out
 * nor lie outside the present numbering; no code tells the one from the other. Of two events under one id the second
 * may come again, as delivery is at least once.
 */
export function positionOf({ replayPreset, replayId }: FetchRequest, bus: EventBus): number | StreamEnd {
  const { log } = bus;
  const preset = PRESETS[replayPreset];
  const oldest = bus.oldestRetained();
  if (preset === 'EARLIEST') return oldest;
  if (preset !== 'CUSTOM') return log.length;
  if (replayId.length === 0) return ends.replayIdMissing;
  const replay = decodeReplayId(replayId);
  if (replay === undefined || replay > bus.latestReplay || replay < bus.firstReplay)
    return ends.replayIdRefused;
  const agedOut = oldest > log.floor ? (log.replayAt(oldest - 1) ?? 0) : -1;
  if (replay <= agedOut) return ends.replayIdRefused;
  const next = log.firstFrom(replay);
  return log.replayAt(next) === replay ? next + 1 : next;
}
