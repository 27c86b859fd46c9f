import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { compareArtefacts, type Artefact } from './artefact.ts';

describe('generated files', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'umbra-artefacts-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const artefact: Artefact = { path: 'docs/a.txt', make: () => 'new\n' };

  it('a missing one and a stale one fail the check and are left as they are', async () => {
    expect(await compareArtefacts(root, [artefact], false)).toEqual([
      { path: 'docs/a.txt', state: 'missing' },
    ]);
    await compareArtefacts(root, [artefact], true);
    writeFileSync(join(root, 'docs/a.txt'), 'old\n');
    expect(await compareArtefacts(root, [artefact], false)).toEqual([{ path: 'docs/a.txt', state: 'stale' }]);
    expect(readFileSync(join(root, 'docs/a.txt'), 'utf8')).toBe('old\n');
  });

  it('writing brings them up to date, once', async () => {
    expect(await compareArtefacts(root, [artefact], true)).toEqual([
      { path: 'docs/a.txt', state: 'written' },
    ]);
    expect(await compareArtefacts(root, [artefact], true)).toEqual([
      { path: 'docs/a.txt', state: 'current' },
    ]);
    expect(readFileSync(join(root, 'docs/a.txt'), 'utf8')).toBe('new\n');
  });
});
