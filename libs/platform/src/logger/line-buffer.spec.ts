import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LineBuffer } from './line-buffer.ts';

describe('line buffer', () => {
  let written: string[];
  let buffer: LineBuffer;

  beforeEach(() => {
    jest.useFakeTimers();
    written = [];
    buffer = new LineBuffer({ write: (text) => written.push(text) });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('writes lines together, in their order, soon', () => {
    buffer.write('a\n');
    buffer.write('b\n');
    expect(written).toEqual([]);
    jest.advanceTimersByTime(20);
    buffer.write('c\n');
    expect(written).toEqual(['a\nb\n']);
    jest.advanceTimersByTime(20);
    expect(written).toEqual(['a\nb\n', 'c\n']);
  });

  it('never holds more than a pipe takes', () => {
    const line = `${'x'.repeat(999)}\n`;
    for (let at = 0; at < 100; at += 1) buffer.write(line);
    expect(written.length).toBe(3);
    buffer.flush();
    expect(written.join('')).toBe(line.repeat(100));
  });
});
