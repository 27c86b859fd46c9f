import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { errorCatalogue } from '@umbra/domain';
import { renderErrorPage } from './error-page.ts';

const codesOf = (page: string): string[] =>
  [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code ?? '').sort();
const catalogue = Object.keys(errorCatalogue).sort();

describe('docs/errors.md', () => {
  it('lists every code of the catalogue, and no other', () => {
    expect(codesOf(readFileSync('docs/errors.md', 'utf8'))).toEqual(catalogue);
  });

  it('has a section for every prefix in use', () => {
    expect(codesOf(renderErrorPage())).toEqual(catalogue);
  });
});
