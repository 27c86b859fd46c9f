import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { isUmbraError } from '@umbra/domain';
import { loadFieldMap, parseFieldMap } from './field-map-file.ts';

const shipped = join(import.meta.dirname, '../../../config/field-map.yaml');

function problemsOf(text: string): readonly string[] {
  try {
    parseFieldMap('map.yaml', text);
    return [];
  } catch (error) {
    if (!isUmbraError(error)) throw error;
    return error.problems;
  }
}

describe('loadFieldMap', () => {
  it('reads the map that is shipped', () => {
    const map = loadFieldMap(shipped);
    expect(map.Product2.sku).toBe('StockKeepingUnit');
    expect(map.areas['internet.plans']).toEqual(['Internet Plan']);
  });

  it('names a file that is missing', () => {
    expect(() => loadFieldMap('/nowhere/map.yaml')).toThrow(
      expect.objectContaining({
        code: 'INPUT_CONFIGURATION',
        problems: ['SF_FIELD_MAP_FILE /nowhere/map.yaml cannot be read (ENOENT)'],
      }),
    );
  });

  it('lists every problem with its place', () => {
    const text = readFileSync(shipped, 'utf8')
      .replace('sku: StockKeepingUnit', 'sku: Account.Name')
      .replace('eligibility_source:', 'source:');
    expect(problemsOf(text)).toEqual([
      'map.yaml: Product2.sku: is no Salesforce field name',
      expect.stringContaining('Account.eligibility_source'),
      expect.stringContaining('source'),
    ]);
  });

  it('refuses what is no YAML, a repeated key and an alias bomb', () => {
    expect(problemsOf('a: [')[0]).toMatch(/^map\.yaml:\d+: is no valid YAML/);
    expect(problemsOf('areas: {}\nareas: {}')[0]).toContain('DUPLICATE_KEY');
    expect(problemsOf('a: &a [x]\nb: *a')).not.toEqual([]);
    expect(problemsOf('')).not.toEqual([]);
  });
});
