import type { FaultCase } from './fault-case.ts';
import { streamCut } from './stream-cut.ts';

/** Every case of the matrix. A new file of cases is added here, and to the e2e file that runs it. */
export const allCases: readonly FaultCase[] = [...streamCut];
