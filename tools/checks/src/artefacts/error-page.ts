import { errorCatalogue, type ErrorCodeFacts } from '@umbra/domain';

const prefixes: Readonly<Record<string, string>> = {
  INPUT: 'Input',
  QUEUE: 'Redis and the queue',
  READ: 'Reads',
  SF: 'Salesforce',
  STORE: 'PostgreSQL',
  SYNC: 'The mirror',
};

const httpStatus: Readonly<Record<ErrorCodeFacts['kind'], string>> = {
  invalid: '400',
  'not-found': '404',
  conflict: '409',
  unauthorised: '503',
  throttled: '429 or 503',
  unavailable: '503',
  invariant: '500',
};

/** Text of `docs/errors.md`: every code, by its prefix. */
export function renderErrorPage(): string {
  const lines = [
    '# Error codes',
    '',
    '<!-- Generated from libs/domain/src/errors/codes.ts by `pnpm generate`; do not edit. -->',
    '',
    'Problem documents of the API, log entries and commands carry one of these codes. Codes are stable: one that is no',
    'longer thrown stays listed and is never reused.',
  ];
  for (const [prefix, title] of Object.entries(prefixes)) {
    lines.push('', `## ${title}`, '', '| code | HTTP | retry | meaning |', '| --- | --- | --- | --- |');
    for (const [code, facts] of Object.entries(errorCatalogue)) {
      if (!code.startsWith(`${prefix}_`)) continue;
      lines.push(`| \`${code}\` | ${httpStatus[facts.kind]} | ${facts.retry} | ${facts.meaning} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}
