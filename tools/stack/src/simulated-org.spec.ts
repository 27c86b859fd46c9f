import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agreedScale, keepScale, parseScale } from './simulated-org.ts';

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'umbra-scale-'));
});
afterEach(() => rmSync(data, { recursive: true }));

describe('the size of the simulated org', () => {
  it('is demo unless asked otherwise, and stays what it was', () => {
    expect(agreedScale(data, undefined)).toBe('demo');
    expect(agreedScale(data, '1m')).toBe('1m');
    keepScale(data, '100k');
    expect(agreedScale(data, undefined)).toBe('100k');
    expect(agreedScale(data, '100k')).toBe('100k');
  });

  it('cannot change under a filled database', () => {
    keepScale(data, 'demo');
    expect(() => agreedScale(data, '1m')).toThrow(
      expect.objectContaining({ exitCode: 64, message: expect.stringContaining(`rm -r ${data}`) }),
    );
  });

  it('is one of three', () => {
    expect(() => parseScale('2m')).toThrow(expect.objectContaining({ exitCode: 64 }));
  });
});
