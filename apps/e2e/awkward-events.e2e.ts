import { awkwardEvents } from './faults/awkward-events.ts';
import { runFaults } from './faults/run-faults.ts';

runFaults(
  'whatever an event is like, its record ends equal to Salesforce and keeps no other waiting',
  awkwardEvents,
);
