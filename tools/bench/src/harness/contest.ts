import type { Usage } from './process-usage.ts';

/** What one contender did in one round. */
export interface Sample {
  readonly seconds: number;
  /** Units of work done (rows, events, requests), the numerator of the rate. */
  readonly units: number;
  readonly usage?: Readonly<Record<string, Usage>>;
  /** Other figures to show beside it: API calls, bytes. */
  readonly figures?: Readonly<Record<string, number>>;
}

export interface Contender {
  readonly name: string;
  run(round: number): Promise<Sample>;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Outcome {
  readonly contender: string;
  /** Units per second. */
  readonly rate: Spread;
  /** This contender's rate over the first one's of the same round. */
  readonly ratio: Spread;
  readonly samples: readonly Sample[];
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}

/** Median ratio of a contender to the first one. */
export function ratioOf(outcomes: readonly Outcome[], contender: string): number {
  return outcomes.find((outcome) => outcome.contender === contender)?.ratio.median ?? Number.NaN;
}

/** Median rate of a contender. */
export function rateOf(outcomes: readonly Outcome[], contender: string): number {
  return outcomes.find((outcome) => outcome.contender === contender)?.rate.median ?? Number.NaN;
}

/** The smallest value that so many percent of the sorted values do not exceed. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}

/**
 * Runs the contenders against each other. The order is reversed from round to round, so that neither a warming cache
 * nor a slowing machine favours one of them; ratios are taken within a round and then their median, so that a change of
 * the machine's speed between rounds cancels out.
 */
export async function contest(
  contenders: readonly Contender[],
  rounds: number,
  onSample: (contender: string, round: number, sample: Sample) => void,
): Promise<Outcome[]> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : [...contenders].reverse()) {
      const sample = await contender.run(round);
      samples.get(contender.name)?.push(sample);
      onSample(contender.name, round, sample);
    }
  }
  const rates = (name: string): number[] =>
    (samples.get(name) ?? []).map(({ units, seconds }) => units / seconds);
  const reference = rates(contenders[0]?.name ?? '');
  return contenders.map(({ name }) => ({
    contender: name,
    rate: spread(rates(name)),
    ratio: spread(rates(name).map((rate, round) => rate / (reference[round] ?? Number.NaN))),
    samples: samples.get(name) ?? [],
  }));
}
