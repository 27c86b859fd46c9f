import { context, SpanStatusCode, trace, type Span, type Tracer as OtelApiTracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  TraceIdRatioBasedSampler,
  ParentBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { isUmbraError, type SpanFacts, type Tracer } from '@umbra/domain';

export interface OtelOptions {
  readonly service: string;
  /** Base of the collector; `/v1/traces` is added. */
  readonly endpoint: string;
  /** Share of the traces that is sent, from 0 to 1. */
  readonly ratio: number;
}

export interface OpenedTracer {
  readonly tracer: Tracer;
  /** Sends what is waiting, if the collector takes it. */
  close(): Promise<void>;
}

/** Traces by OpenTelemetry, sent in batches; a collector that is away costs the traces and nothing else. */
export function openOtelTracer({ service, endpoint, ratio }: OtelOptions): OpenedTracer {
  const url = new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: 5_000 });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `umbra-${service}` }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: 2_048, scheduledDelayMillis: 2_000 })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return {
    tracer: new OtelTracer(provider.getTracer('umbra')),
    close: () => provider.shutdown().catch(() => undefined),
  };
}

class OtelTracer implements Tracer {
  readonly #tracer: OtelApiTracer;

  constructor(tracer: OtelApiTracer) {
    this.#tracer = tracer;
  }

  span<T>(name: string, facts: SpanFacts, work: () => T): T {
    const span = this.#tracer.startSpan(name, { attributes: facts });
    try {
      const result = context.with(trace.setSpan(context.active(), span), work);
      if (!(result instanceof Promise)) {
        span.end();
        return result;
      }
      return result.then(
        (value: unknown) => {
          span.end();
          return value;
        },
        (error: unknown) => {
          failed(span, error);
          throw error;
        },
      ) as T;
    } catch (error) {
      failed(span, error);
      throw error;
    }
  }
}

/** The code alone: messages of foreign errors quote what they stumbled over. */
function failed(span: Span, error: unknown): void {
  const code = isUmbraError(error) ? error.code : 'unexpected';
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  span.setAttribute('umbra.code', code);
  span.end();
}
