import { crowds } from './faults/crowds.ts';
import { runFaults } from './faults/run-faults.ts';
import { slowStores } from './faults/slow-stores.ts';

runFaults('reads keep their pace while stores are slow and readers many', [...slowStores, ...crowds]);
