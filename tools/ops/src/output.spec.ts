import { describe, expect, it } from '@jest/globals';
import { table } from './output.ts';

describe('sec-17: a table for people', () => {
  it('keeps a foreign text on its line and lets it steer no terminal', () => {
    const sku = 'A\r\nB\u001b[2J\u001b]0;title\u0007\u009b31m\u2028\u202e';
    const lines = table(['ID', 'SKU'], [['01t', sku]]).split('\n');
    expect(lines).toHaveLength(2);
    // eslint-disable-next-line no-control-regex -- control characters are the subject
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(lines[1]).toContain(String.raw`A\u000d\u000aB\u001b[2J`);
  });

  it('leaves every script as it is', () => {
    expect(table(['SKU'], [['東京-Ω-عربى']])).toContain('東京-Ω-عربى');
  });
});
