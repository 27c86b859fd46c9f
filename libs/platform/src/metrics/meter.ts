import type { Meter, MetricLabels, MetricName } from '@umbra/domain';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricDefinitions } from './definitions.ts';

const OTHER = 'other';

/** Metrics of this process in Prometheus' text format. */
export class PrometheusMeter implements Meter {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #histograms = new Map<MetricName, Histogram>();

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
    this.#counters.get(name)?.inc(closed(name, labels), by);
  }

  gauge<N extends MetricName>(name: N, labels: MetricLabels[N], value: number): void {
    this.#gauges.get(name)?.set(closed(name, labels), value);
  }

  observe<N extends MetricName>(name: N, labels: MetricLabels[N], value: number): void {
    this.#histograms.get(name)?.observe(closed(name, labels), value);
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
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType };
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
