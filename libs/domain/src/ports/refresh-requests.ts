import type { MirroredObjectName } from '../sobject/mirrored-object.ts';

/**
 * Asks the worker to read records anew and merge them (job `refresh-record`), after a live answer showed them to a
 * reader. An id that was asked for in the last 60 s is left out. A request may be lost, for example while Redis is
 * away: it makes the shadow fresher, nothing depends on it. Never throws.
 */
export interface RefreshRequests {
  request(object: MirroredObjectName, ids: readonly string[]): Promise<void>;
}
