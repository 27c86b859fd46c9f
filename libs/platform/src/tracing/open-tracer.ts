import { noTracer, type Tracer } from '@umbra/domain';
import type { TracingSettings } from '../env/tracing-section.ts';
import type { Shutdown } from '../lifecycle/shutdown.ts';

/**
 * Traces where a collector is named; elsewhere none, and nothing of OpenTelemetry is loaded. What is waiting when the
 * process stops is sent.
 */
export async function openTracer(
  { endpoint, ratioPercent }: TracingSettings,
  service: string,
  shutdown: Pick<Shutdown, 'onStop'>,
): Promise<Tracer> {
  if (endpoint === undefined) return noTracer;
  const { openOtelTracer } = await import('./otel-tracer.ts');
  const opened = openOtelTracer({ service, endpoint, ratio: ratioPercent / 100 });
  shutdown.onStop('traces', () => opened.close());
  return opened.tracer;
}
