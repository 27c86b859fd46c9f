import { killedWorkers } from './faults/killed-workers.ts';
import { runFaults } from './faults/run-faults.ts';
import { zombies } from './faults/zombies.ts';

runFaults('a worker that dies or stands still at any point loses nothing', [...killedWorkers, ...zombies]);
