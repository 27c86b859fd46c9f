import { callsRunShort } from './faults/calls-run-short.ts';
import { runFaults } from './faults/run-faults.ts';

runFaults('Salesforce may refuse, fail and run out of calls: we ask no more than we may', callsRunShort);
