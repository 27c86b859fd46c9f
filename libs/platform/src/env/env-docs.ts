import { authSection } from './auth-section.ts';
import { archiveSection } from './archive-section.ts';
import { nightlySection } from './nightly-section.ts';
import { salesforceSection } from './salesforce-section.ts';
import { readsSection } from './reads-section.ts';
import {
  bffSection,
  catalogueSection,
  databaseSection,
  logSection,
  redisSection,
  workerSection,
} from './service-sections.ts';
import { streamSection } from './stream-section.ts';
import { tracingSection } from './tracing-section.ts';
import type { Section, Variable } from './variable.ts';

/** Every section that some process of the product reads, in the order of the documents. */
export const allSections: readonly Section[] = [
  databaseSection,
  redisSection,
  salesforceSection,
  streamSection,
  nightlySection,
  archiveSection,
  catalogueSection,
  readsSection,
  bffSection,
  workerSection,
  authSection,
  logSection,
  tracingSection,
];

/** Text of `.env.example`: every variable, commented out, with its meaning and default. */
export function renderEnvExample(): string {
  const lines = [
    '# Generated from the schema of the environment by `pnpm generate`. Set what you change in the environment of the process.',
    '# Under ./umbra up nothing needs to be set.',
  ];
  for (const { title, variables } of allSections) {
    lines.push('', `# ${title}`);
    for (const variable of Object.values(variables)) {
      lines.push(...wrap(variable.meaning, 106).map((line) => `#   ${line}`));
      const { whenUnset } = variable;
      if (whenUnset.kind !== 'default' && whenUnset.shown !== '')
        lines.push(`#   When unset: ${whenUnset.shown}.`);
      lines.push(`# ${variable.name}=${whenUnset.kind === 'default' ? whenUnset.text : ''}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Text of `docs/ENV.md`: a table per section. */
export function renderEnvMarkdown(): string {
  const lines = [
    '# Environment',
    '',
    '<!-- Generated from the schema of the environment by `pnpm generate`; do not edit. -->',
    '',
    'Read once at start. A value that is present and cannot be read is an error, never the default: every problem is',
    'printed at once and the process exits with code 78. `./umbra up` writes `.umbra/env`, which lies below the',
    'environment of the process. Values of secret variables are never printed.',
  ];
  for (const { title, variables } of allSections) {
    const rows = Object.values(variables).map((variable) => [
      `\`${variable.name}\`${variable.secret ? ' (secret)' : ''}`,
      shownDefault(variable),
      variable.meaning.replaceAll('|', '\\|'),
    ]);
    lines.push('', `## ${title}`, '', ...alignedTable(['variable', 'default', 'meaning'], rows));
  }
  return `${lines.join('\n')}\n`;
}

/** A Markdown table padded the way the formatter pads it, so that the generated file passes its check. */
function alignedTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

function shownDefault({ whenUnset }: Variable<unknown>): string {
  if (whenUnset.kind !== 'default') return whenUnset.shown;
  return whenUnset.text === '' ? 'empty' : `\`${whenUnset.text}\``;
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
