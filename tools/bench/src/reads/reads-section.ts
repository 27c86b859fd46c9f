import type { Latency, Shots } from './shots.ts';

export interface SteadyReads {
  readonly bare: Shots;
  readonly cached: Shots;
  readonly shadow: Shots;
  /** Changes that the simulator owed at the end: the load was not what was asked for. */
  readonly behind: number;
}

export interface Overload {
  readonly capacity: Shots;
  /** Requests per second that were sent. */
  readonly rate: number;
  readonly shots: Shots;
  /** Resident bytes by second. */
  readonly memory: readonly number[];
}

const ms = ({ max, p50, p99 }: Latency): string =>
  `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${max.toFixed(0)} ms`;
const perSecond = ({ answered, seconds }: Shots): number => Math.round(answered / seconds);

/** What the steady part came to, in sentences. */
export function describeSteady(
  { bare, behind, cached, shadow }: SteadyReads,
  { changes, rate }: { readonly changes: number; readonly rate: number },
): string[] {
  const owed = behind > 0 ? `, of which the simulator owed ${behind} at the end` : '';
  return [
    `${rate} requests/s beside ${changes} changes/s${owed}: bare Fastify ${ms(bare.latency)}; cached catalogue ` +
      `${ms(cached.latency)} (${(cached.latency.p99 / bare.latency.p99).toFixed(1)} × bare at p99); eligibility from ` +
      `the shadow ${ms(shadow.latency)}.`,
    `Refused or lost meanwhile: ${cached.refused + cached.lost} and ${shadow.refused + shadow.lost}.`,
  ];
}

/** What the overload came to, in sentences. */
export function describeOverload({ capacity, memory, rate, shots }: Overload): string[] {
  const mebibytes = (bytes: number | undefined): string => ((bytes ?? 0) / 2 ** 20).toFixed(0);
  return [
    `${rate} eligibility reads/s where ${perSecond(capacity)} can be answered: ${perSecond(shots)} answered per second ` +
      `(${ms(shots.latency)}), ${shots.refused} refused (${ms(shots.refusal)}), ${shots.lost} lost. Memory of the BFF ` +
      `${mebibytes(memory[0])} MiB before, ${mebibytes(memory.at(-1))} MiB after.`,
  ];
}
