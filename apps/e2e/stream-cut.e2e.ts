import { runFaults } from './faults/run-faults.ts';
import { streamCut } from './faults/stream-cut.ts';

runFaults('a stream that is cut, or only looks alive, loses nothing', streamCut);
