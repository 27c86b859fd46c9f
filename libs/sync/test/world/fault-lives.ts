import { busLives } from './bus-lives.ts';
import type { FaultLife } from './fault-life.ts';
import { readLives } from './read-lives.ts';
import { workerLives } from './worker-lives.ts';

/** Every row of docs/faults.md that can be played inside one process. */
export const faultLives: readonly FaultLife[] = [...busLives, ...readLives, ...workerLives];
