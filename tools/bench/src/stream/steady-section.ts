import type { SteadyResult } from './steady.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** What the steady part came to, in sentences. */
export function describeSteady(steady: SteadyResult): readonly string[] {
  const { behind, eventBytes, events, eventsPerSecond, growth, latency, roundTripMs, sampled, usage } =
    steady;
  const shortfall = behind > 0 ? `; the simulator was ${behind} changes behind at the end` : '';
  return [
    `Steady ${eventsPerSecond} events/s for ${steady.seconds} s over three topics, round trip ${roundTripMs} ms ` +
      `(${events} events of ${Math.round(eventBytes)} bytes on average${shortfall}): commit to visible ` +
      `p50 ${seconds(latency.p50)}, p95 ${seconds(latency.p95)}, p99 ${seconds(latency.p99)}, ` +
      `longest ${seconds(latency.max)}, of ${sampled} sampled.`,
    `Processor seconds per second of load: ${Object.entries(usage)
      .map(([part, { cpuSeconds }]) => `${part} ${(cpuSeconds / steady.seconds).toFixed(2)}`)
      .join(', ')}.`,
    `Memory, MiB at most (growth per minute behind the first third): ${Object.entries(usage)
      .map(([part, { peakRssBytes }]) => {
        const slope = growth[part];
        return `${part} ${mebibytes(peakRssBytes)}${slope === undefined ? '' : ` (${mebibytes(slope)})`}`;
      })
      .join(', ')}.`,
  ];
}
