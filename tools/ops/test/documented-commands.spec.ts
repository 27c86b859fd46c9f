import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { opsProgram } from '../src/program.ts';

const silent = { write: () => true };
const { program } = opsProgram({ backfillProgram: '', stdout: silent, stderr: silent });

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'libs/sync/SPEC.md',
  ...['docs', 'docs/runbooks', 'docs/adr'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

/** Each `ops …` in code with its words, in pages, scripts and the program's own examples. */
function mentioned(text: string): string[][] {
  return [...text.matchAll(/(?:\.\/umbra |`)ops((?: [a-zA-Z0-9_./:…<>=,-]+)+)/g)].map(([, words = '']) =>
    words
      .trim()
      .split(' ')
      .map((word) => word.replace(/[.,:…]+$/, ''))
      .filter((word) => word !== ''),
  );
}

/** The first thing in it that does not exist; undefined when all does. */
function problem(words: readonly string[]): string | undefined {
  let command: Command = program;
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    if (next !== undefined) command = next;
    else if (/^--[a-z]/.test(word)) {
      const flag = word.split('=', 1)[0];
      const known = flag === '--help' || command.name() === 'backfill';
      if (!known && !command.options.some(({ long }) => long === flag)) return `${words.join(' ')}: ${word}`;
    } else if (command === program || command.commands.length > 0) return `${words.join(' ')}: ${word}`;
  }
  return undefined;
}

describe('ops in the documentation', () => {
  it.each(pages)('%s names commands and flags that exist', (page) => {
    expect(mentioned(readFileSync(page, 'utf8')).map(problem).filter(Boolean)).toEqual([]);
  });

  it('is found where it stands', () => {
    const all = pages.flatMap((page) => mentioned(readFileSync(page, 'utf8')));
    expect(all.length).toBeGreaterThan(40);
    expect(problem(['reconcile', '--deep'])).toBeUndefined();
    expect(problem(['reconcile', '--deeper'])).toBe('reconcile --deeper: --deeper');
    expect(problem(['key', 'remove'])).toBe('key remove: remove');
    expect(problem(['stats'])).toBe('stats: stats');
  });
});
