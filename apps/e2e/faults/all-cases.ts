import { awkwardEvents } from './awkward-events.ts';
import { busMisfortunes } from './bus-misfortunes.ts';
import { comingsAndGoings } from './comings-and-goings.ts';
import { crowds } from './crowds.ts';
import { callsRunShort } from './calls-run-short.ts';
import type { FaultCase } from './fault-case.ts';
import { killedWorkers } from './killed-workers.ts';
import { logWithoutRoom } from './log-without-room.ts';
import { lostGround } from './lost-ground.ts';
import { nothingMissed } from './nothing-missed.ts';
import { postgresLost } from './postgres-lost.ts';
import { redisLost } from './redis-lost.ts';
import { rollingRestarts } from './rolling-restarts.ts';
import { slowStores } from './slow-stores.ts';
import { streamCut } from './stream-cut.ts';
import { zombies } from './zombies.ts';

/** Every case of the matrix. A new file of cases is added here, and to the e2e file that runs it. */
export const allCases: readonly FaultCase[] = [
  ...streamCut,
  ...busMisfortunes,
  ...awkwardEvents,
  ...comingsAndGoings,
  ...lostGround,
  ...nothingMissed,
  ...killedWorkers,
  ...zombies,
  ...rollingRestarts,
  ...redisLost,
  ...postgresLost,
  ...slowStores,
  ...crowds,
  ...logWithoutRoom,
  ...callsRunShort,
];
