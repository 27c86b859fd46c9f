import { z } from 'zod';
import { isLoopbackHost, plainText, wholeNumber } from './texts.ts';
import { optional, section, withDefault, type SectionValues } from './variable.ts';

const collector: z.ZodType<string, string> = plainText.transform((text, context) => {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname))) return text;
  context.addIssue({
    code: 'custom',
    message: 'needs an https URL (http is accepted on loopback only)',
    input: undefined,
  });
  return z.NEVER;
});

const variables = {
  endpoint: optional(
    {
      name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      meaning: 'OpenTelemetry collector (OTLP over HTTP) that traces are sent to; /v1/traces is added.',
      schema: collector,
    },
    'no traces',
  ),
  ratioPercent: withDefault('10', {
    name: 'OTEL_TRACES_PERCENT',
    meaning: 'Share of the requests and jobs that are traced, in percent.',
    schema: wholeNumber(0, 100),
  }),
};

export type TracingSettings = SectionValues<typeof variables>;

export const tracingSection = section('Traces', variables);
