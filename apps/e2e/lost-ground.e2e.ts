import { lostGround } from './faults/lost-ground.ts';
import { runFaults } from './faults/run-faults.ts';

runFaults('what the stream cannot bring is read again', lostGround);
