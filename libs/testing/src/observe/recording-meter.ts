import type { Meter, MetricLabels, MetricName } from '@umbra/domain';

/** Keeps what was measured, by name and labels. */
export class RecordingMeter implements Meter {
  /** Sum of a counter, last value of a gauge, number of observations of a histogram. */
  readonly #values = new Map<string, number>();

  count<N extends MetricName>(name: N, labels: MetricLabels[N], by = 1): void {
    this.#add(keyOf(name, labels), by);
  }

  gauge<N extends MetricName>(name: N, labels: MetricLabels[N], value: number): void {
    this.#values.set(keyOf(name, labels), value);
  }

  observe<N extends MetricName>(name: N, labels: MetricLabels[N], _value: number): void {
    this.#add(keyOf(name, labels), 1);
  }

  /** 0 when nothing was measured under exactly these labels. */
  value<N extends MetricName>(name: N, labels: MetricLabels[N]): number {
    return this.#values.get(keyOf(name, labels)) ?? 0;
  }

  #add(key: string, by: number): void {
    this.#values.set(key, (this.#values.get(key) ?? 0) + by);
  }
}

function keyOf(name: string, labels: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([name, Object.entries(labels).toSorted()]);
}
