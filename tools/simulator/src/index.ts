/** A Salesforce org on this machine: the protocols, the data, and a hand on everything that can go wrong. */
export { startSimulator } from './wire/start-simulator.ts';
export type { Simulator, SimulatorOptions } from './wire/start-simulator.ts';
export type { SimulatorCredentials } from './wire/start-wire.ts';
export type { Org, Scale } from './org/org.ts';
export type { Edit, EditResult, TransactOptions } from './org/edit.ts';
export type { Commit } from './org/commit.ts';
export type { FaultRule } from './org/fault-table.ts';
export type { Knobs } from './org/knobs.ts';
export type { PubsubKnobs } from './pubsub/pubsub-knobs.ts';
export type { StreamFacts } from './pubsub/subscription.ts';
export type { Load } from './load/load-input.ts';
export type { LoadState } from './load/load-generator.ts';
export type { SfRecord, SfValue } from './org/record.ts';
