import { nothingMissed } from './faults/nothing-missed.ts';
import { runFaults } from './faults/run-faults.ts';

runFaults('what the stream does not tell is found by reading', nothingMissed);
