import type { Latency } from './latency.ts';
import type { ServedSince } from './served.ts';
import type { PacedShots, Shots } from './shots.ts';

export interface SteadyReads {
  readonly bare: PacedShots;
  readonly cached: PacedShots;
  readonly shadow: PacedShots;
  /** Changes that the simulator owed at the end: the load was not what was asked for. */
  readonly behind: number;
}

export interface Overload {
  readonly capacity: Shots;
  /** Requests per second that were sent. */
  readonly rate: number;
  readonly shots: PacedShots;
  /** The same crowd before a server that refuses nothing and does nothing: what the machine itself makes it wait. */
  readonly bare: PacedShots;
  /** Processor time of the BFF. */
  readonly cpuSeconds: number;
  readonly served: ServedSince;
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
    `These times count from the moment at which a request was due. The load itself, which shares the machine, sent late: ` +
      `p99 ${[bare, cached, shadow].map(({ late }) => late.p99.toFixed(1)).join(', ')} ms. From the moment of sending, ` +
      `eligibility took ${ms(shadow.fromSent.latency)}.`,
    `Refused or lost meanwhile: ${cached.refused + cached.lost} and ${shadow.refused + shadow.lost}.`,
  ];
}

/** What the overload came to, in sentences. */
export function describeOverload({
  bare,
  capacity,
  cpuSeconds,
  memory,
  rate,
  served,
  shots,
}: Overload): string[] {
  const mebibytes = (bytes: number | undefined): string => ((bytes ?? 0) / 2 ** 20).toFixed(0);
  const share = (seconds: number): string => (seconds / shots.seconds).toFixed(2);
  return [
    `${rate} eligibility reads/s where ${perSecond(capacity)} can be answered: ${perSecond(shots)} answered per second ` +
      `(${ms(shots.latency)}), ${shots.refused} refused (${ms(shots.refusal)}), ${shots.lost} lost. Memory of the BFF ` +
      `${mebibytes(memory[0])} MiB before, ${mebibytes(memory.at(-1))} MiB after.`,
    `The load runs on the same two cores: it was late by ${ms(shots.late)}. From the moment of sending, answers took ` +
      `${ms(shots.fromSent.latency)}, refusals ${ms(shots.fromSent.refusal)}. Inside the BFF 99 % of the answers took at ` +
      `most ${served.p99.toFixed(0)} ms, and its event loop was late by ${served.loopP99.toFixed(1)} ms (p99); it used ` +
      `${share(cpuSeconds)} cores, the load ${share(shots.cpuSeconds)}.`,
    `In the second before, in which the crowd connects: answers ${ms(shots.atFirst.latency)}, refusals ` +
      `${ms(shots.atFirst.refusal)}.`,
    `The same crowd before bare Fastify: ${perSecond(bare)} answered per second (${ms(bare.latency)}; from the moment of ` +
      `sending ${ms(bare.fromSent.latency)}; in the second before ${ms(bare.atFirst.latency)}).`,
  ];
}
