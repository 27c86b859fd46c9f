import { describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { parseJson } from './parse-json.ts';

const anything = z.unknown();

describe('parseJson', () => {
  it('keeps numbers that a double cannot hold as their text, others as numbers', () => {
    const text =
      '{"a": 1234567890123456.78, "b":[12.5, -9007199254740993], "c": 149.5, "d": "1234567890123456"}';
    expect(parseJson(text, anything, 'answer')).toEqual({
      a: '1234567890123456.78',
      b: [12.5, '-9007199254740993'],
      c: 149.5,
      d: '1234567890123456',
    });
  });

  it.each(['', 'null', '<html></html>', '{"a":', '[1]'])('%j of another shape is refused', (text) => {
    expect(() => parseJson(text, z.object({ a: z.string() }), 'answer')).toThrow(
      expect.objectContaining({ code: 'SF_RESPONSE_INVALID' }),
    );
  });

  it('sec-39: tells where the shape differs, never what is there', () => {
    let message = '';
    try {
      parseJson('{"a": {"b": "secret value"}}', z.object({ a: z.object({ b: z.number() }) }), 'answer');
    } catch (error) {
      message = JSON.stringify(error) + String(error);
    }
    expect(message).toContain('a.b');
    expect(message).not.toContain('secret');
  });

  it('sec-22: deep nesting is refused before it is parsed', () => {
    const parse = jest.spyOn(JSON, 'parse');
    const deep = '['.repeat(5_000_000);
    expect(() => parseJson(deep, anything, 'answer')).toThrow(
      expect.objectContaining({ code: 'SF_RESPONSE_INVALID' }),
    );
    const parsed = parse.mock.calls.length;
    parse.mockRestore();
    expect(parsed).toBe(0);
  });
});
