import type { Child } from '../harness/child.ts';
import type { App } from '../harness/world.ts';
import type { Arena, Leg } from './arena.ts';
import type { Chance } from './chance.ts';
import type { Load, Pressure } from './load.ts';

/** A row of the fault matrix as something that happens: one definition for `./umbra test` and `./umbra torture`. */
export interface FaultCase {
  /** Of the matrix in docs/faults.md. A row may have several cases; `title` tells them apart. */
  readonly row: number;
  /** What breaks: `streams that end again and again`. */
  readonly title: string;
  /** `test`: in `./umbra test` with one seed and small load, and in torture. `torture`: only there. */
  readonly tier: 'test' | 'torture';
  /**
   * Different seeds at torture's default tier: 3 where programs are killed, stopped or cut off; 1 for what takes a
   * minute, and for what is also lived through inside one process with many seeds.
   */
  readonly seeds: number;
  /** Presses so hard that what runs beside it would suffer: torture gives it the machine. */
  readonly alone?: true;
  /** Of the current worker that have to lead through a fault proxy. Absent: none. */
  readonly through?: readonly Leg[];
  /** After the fault's end, until shadow and Salesforce are equal. Default 60 s. */
  readonly convergesWithinSeconds?: number;
  /** Checks that this fault breaks by its nature, with the reason. */
  readonly excused?: Partial<Record<CheckName, string>>;
  /**
   * Makes the fault, under load where the row needs it, and ends it. It asserts what is special to the row (use
   * `node:assert/strict`, as torture runs without jest); the runner judges everything else: it ends loads, clears knobs
   * and proxies, waits until shadow and Salesforce are equal, and runs every checker over the recorded traces.
   */
  drive(trial: Trial): Promise<void>;
}

/** Checkers that judge every trial. */
export type CheckName =
  'equal' | 'no-loss' | 'one-writer' | 'monotone' | 'source-limits' | 'bounded' | 'silence';

/** One run of a case. */
export interface Trial {
  /** The world with both stores of its own, and hands on everything in it. */
  readonly arena: Arena;
  readonly chance: Chance;
  /** How hard to press: few changes in `./umbra test`, 500 a second in torture, 2,000 nightly. */
  readonly pressure: Pressure;
  /** The worker that mirrors now. */
  readonly worker: App;
  /** Starts a quick worker and makes it the current one; an earlier one is left as it is. */
  readonly startWorker: (env?: Readonly<Record<string, string>>) => Promise<App>;
  /** The same, not waited for, and not the current one: it is going to die. */
  readonly launchDoomed: (env: Readonly<Record<string, string>>) => Child;
  /** Rounds of edits on 27 known records, one transaction each: each value is new. */
  readonly edit: (rounds: number) => Promise<void>;
  /** Steady changes at the rate of the pressure, until `end()` or for so many seconds. */
  readonly load: (seconds: number) => Promise<Load>;
  /** Waits until every record is equal here and there, in the middle of a case. */
  readonly converged: () => Promise<void>;
  /** Notes a figure for the table: `figure('resubscribed', 3.2, 's')`. */
  readonly figure: (name: string, value: number, unit?: string) => void;
}
