import type { Meter, MetricLabels, MetricName } from '@umbra/domain';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricDefinitions } from './definitions.ts';

const OTHER = 'other';
/** Combinations of label values that are remembered; a caller with open ones would have no end of them. */
const MOST_SERIES = 1_000;

/** What one combination of labels is known as, and what was counted since the last look. */
interface Series {
  readonly name: MetricName;
  readonly labels: Record<string, string>;
  by: number;
}

/** Metrics of this process in Prometheus' text format. */
export class PrometheusMeter implements Meter {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #histograms = new Map<MetricName, Histogram>();
  readonly #series = new Map<string, Series>();

  /** @param service process name, a label of every series */
  constructor(service: string) {
    this.#registry.setDefaultLabels({ service });
    for (const [name, definition] of Object.entries(metricDefinitions)) {
      const common = {
        name,
        help: definition.help,
        labelNames: Object.keys(definition.labels),
        registers: [this.#registry],
      };
      const metric = name as MetricName;
      if (definition.type === 'counter') this.#counters.set(metric, new Counter(common));
      else if (definition.type === 'gauge') this.#gauges.set(metric, new Gauge(common));
      else
        this.#histograms.set(metric, new Histogram({ ...common, buckets: [...(definition.buckets ?? [])] }));
    }
  }

  count<N extends MetricName>(name: N, labels: MetricLabels[N], by = 1): void {
    this.#seriesOf(name, labels).by += by;
  }

  gauge<N extends MetricName>(name: N, labels: MetricLabels[N], value: number): void {
    this.#gauges.get(name)?.set(closed(name, labels), value);
  }

  observe<N extends MetricName>(name: N, labels: MetricLabels[N], value: number): void {
    this.#histograms.get(name)?.observe(this.#seriesOf(name, labels).labels, value);
  }

  /** Forgets the series of a gauge, so that a state that is gone is not reported for ever. */
  reset(name: MetricName): void {
    this.#gauges.get(name)?.reset();
  }

  /** Adds memory, CPU, event loop and garbage collection of the process. */
  includeProcess(): this {
    collectDefaultMetrics({ register: this.#registry });
    return this;
  }

  /** Text for `/metrics`, and its content type. */
  async render(): Promise<{ readonly text: string; readonly contentType: string }> {
    this.#countUp();
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }

  /** Judging and hashing the labels would cost more than what is counted, so each combination is judged once. */
  #seriesOf<N extends MetricName>(name: N, labels: MetricLabels[N]): Series {
    let key: string = name;
    for (const value of Object.values(labels as Readonly<Record<string, string>>)) key += `\n${value}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= MOST_SERIES) this.#countUp();
      series = { name, labels: closed(name, labels), by: 0 };
      this.#series.set(key, series);
    }
    return series;
  }

  /** Hands over what was counted. */
  #countUp(): void {
    for (const { by, labels, name } of this.#series.values()) this.#counters.get(name)?.inc(labels, by);
    this.#series.clear();
  }
}

/** Labels with every value that is outside its closed set replaced, so that no input can grow the number of series. */
function closed<N extends MetricName>(name: N, labels: MetricLabels[N]): Record<string, string> {
  const sets = metricDefinitions[name].labels as Readonly<Record<string, ReadonlySet<string>>>;
  return Object.fromEntries(
    Object.entries(labels as Readonly<Record<string, string>>).map(([label, value]) => [
      label,
      sets[label]?.has(value) === true ? value : OTHER,
    ]),
  );
}
