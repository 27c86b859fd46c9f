import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { errorCatalogue } from '@umbra/domain';
import { metricDefinitions } from '@umbra/platform';
import { trackedFiles } from '../tracked-files.ts';
import { headingsOf, linksIn, pathsIn, umbraCommandsIn } from './named-things.ts';

const pages = trackedFiles()
  .filter((file) => file.endsWith('.md'))
  .map((file) => [file, readFileSync(file, 'utf8')] as const);

/** Programs read their own flags: a flag exists when its source spells it. */
const sourceOf: Readonly<Record<string, readonly string[]>> = {
  bench: ['tools/bench/src/main.ts'],
  torture: ['apps/e2e/faults/torture.ts'],
  protections: ['tools/checks/src/protections/main.ts'],
};
const main = readFileSync('tools/stack/src/main.ts', 'utf8');
const commands = [...main.matchAll(/\.command\('([a-z-]+)'/g)].map(([, name = '']) => name);

const flagsOf = (words: readonly string[]): string[] =>
  words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.split('=', 1)[0] ?? '');

describe.each(pages)('%s', (file, page) => {
  it('links to files and headings that are there', () => {
    for (const { path, heading } of linksIn(page)) {
      const target = path === '' ? file : join(dirname(file), path);
      expect([path, existsSync(target)]).toEqual([path, true]);
      if (heading !== undefined) expect(headingsOf(readFileSync(target, 'utf8'))).toContain(heading);
    }
  });

  it('names files that are there', () => {
    expect(pathsIn(page).filter((path) => !existsSync(path))).toEqual([]);
  });

  it('names commands and flags that exist', () => {
    for (const [name = '', ...words] of umbraCommandsIn(page)) {
      if (name.startsWith('-')) continue;
      expect(commands).toContain(name);
      // `exec` runs anything; the words of `ops` are held against its own program.
      if (name === 'exec' || name === 'ops') continue;
      const source = [main, ...(sourceOf[name] ?? []).map((each) => readFileSync(each, 'utf8'))].join('\n');
      for (const flag of flagsOf(words)) {
        const spelled = [`${flag} `, `${flag}'`, `${flag},`].some((text) => source.includes(text));
        expect([name, flag, flag === '--help' || spelled]).toEqual([name, flag, true]);
      }
    }
  });

  it('names error codes and metrics that exist', () => {
    const codes = [...page.matchAll(/`((?:INPUT|READ|STORE|QUEUE)_[A-Z_]+)`/g)].map(([, code = '']) => code);
    const environment = readFileSync('.env.example', 'utf8');
    expect(codes.filter((code) => !(code in errorCatalogue) && !environment.includes(`${code}=`))).toEqual(
      [],
    );
    const metrics = [...page.matchAll(/`((?:sf|bff)_[a-z_]+_(?:total|seconds|bytes|percent|ratio))\b/g)].map(
      ([, name = '']) => name,
    );
    expect(metrics.filter((name) => !(name in metricDefinitions))).toEqual([]);
  });
});

describe('what a page names', () => {
  it('is found', () => {
    const page =
      '# A `b`, c\n[x](./y.md#z) [w](https://e.org)\n`libs/a/b.ts`\n```sh\n./umbra up --detach # why\n```\nsee `./umbra ops lag`';
    expect(linksIn(page)).toEqual([{ path: './y.md', heading: 'z' }]);
    expect(headingsOf(page)).toEqual(['a-b-c']);
    expect(pathsIn(page)).toEqual(['libs/a/b.ts']);
    expect(umbraCommandsIn(page)).toEqual([
      ['up', '--detach'],
      ['ops', 'lag'],
    ]);
  });
});
