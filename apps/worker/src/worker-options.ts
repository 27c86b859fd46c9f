import type { Clock, Log } from '@umbra/domain';
import type { Pino, Shutdown } from '@umbra/platform';
import type { WorkerSettings } from './settings.ts';
import type { WorkerTuning } from './tuning.ts';
import type { Instrument } from './worker-ports.ts';

export interface WorkerOptions {
  readonly settings: WorkerSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly pino: Pino;
  readonly shutdown: Shutdown;
  readonly tuning?: WorkerTuning;
  readonly instrument?: Instrument;
}
