import { comingsAndGoings } from './faults/comings-and-goings.ts';
import { busMisfortunes } from './faults/bus-misfortunes.ts';
import { runFaults } from './faults/run-faults.ts';
import { streamCut } from './faults/stream-cut.ts';

runFaults('a change stream that meets misfortune ends with a shadow equal to Salesforce, and no event lost', [
  ...streamCut,
  ...busMisfortunes,
  ...comingsAndGoings,
]);
