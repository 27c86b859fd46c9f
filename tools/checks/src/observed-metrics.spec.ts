import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { metricDefinitions, PrometheusMeter } from '@umbra/platform';
import { parse } from 'yaml';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}
interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

const rules = (parse(readFileSync('config/prometheus/alerts.yml', 'utf8')) as Rules).groups.flatMap(
  (group) => group.rules,
);
const { panels } = JSON.parse(readFileSync('config/grafana/umbra.json', 'utf8')) as Dashboard;

/** Names in an expression that look like metrics of ours, of Node or of the process. */
const metricsIn = (expr: string): string[] => expr.match(/\b(?:sf|bff|nodejs|process)_[a-z0-9_]+/g) ?? [];

describe('what dashboards and alerts look at', () => {
  it('is there', async () => {
    const series = (name: string): string[] => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`];
    const { text } = await new PrometheusMeter('test').includeProcess().render();
    const process = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    const known = new Set([...Object.keys(metricDefinitions).flatMap(series), ...process]);
    const looked = [
      ...rules.map(({ expr }) => expr),
      ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ];
    const names = looked.flatMap(metricsIn);
    expect(names.length).toBeGreaterThan(30);
    expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('names label values that exist', () => {
    const inLabels = rules.flatMap(({ expr }) => [
      ...expr.matchAll(/(sf_[a-z_]+)\{(\w+)(?:=|!=|=~)"([^"]+)"\}/g),
    ]);
    expect(inLabels.length).toBeGreaterThan(4);
    for (const [, metric = '', label = '', values = ''] of inLabels) {
      const { labels } = metricDefinitions[metric as keyof typeof metricDefinitions];
      const known = (labels as Readonly<Record<string, ReadonlySet<string>>>)[label];
      for (const value of values.split('|'))
        expect([metric, value, known?.has(value)]).toEqual([metric, value, true]);
    }
  });

  it.each(rules.map(({ alert, annotations }) => [alert, annotations] as const))(
    '%s says what is wrong and where the runbook lies',
    (_alert, { summary, description, runbook_url: runbook = '' }) => {
      expect(summary).toBeDefined();
      expect(description).toBeDefined();
      expect([runbook, existsSync(runbook)]).toEqual([runbook, true]);
    },
  );
});
