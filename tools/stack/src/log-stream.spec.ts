import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineFormatter, LogStream } from './log-stream.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-log-'));
  file = join(folder, 'bff.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('following a log', () => {
  it('prints complete lines once, whenever the file appears', () => {
    const seen: string[] = [];
    const stream = new LogStream((name, line) => seen.push(`${name}: ${line}`));
    stream.follow('bff', file);
    writeFileSync(file, 'one\ntwo\nhal');
    appendFileSync(file, 'f é');
    stream.close();
    expect(seen).toEqual(['bff: one', 'bff: two']);
    appendFileSync(file, '\nlast\n');
    stream.close();
    expect(seen.slice(2)).toEqual(['bff: half é', 'bff: last']);
  });

  it('begins again when a fresh start replaced the file', () => {
    const seen: string[] = [];
    const stream = new LogStream((_, line) => seen.push(line));
    stream.follow('bff', file);
    writeFileSync(file, 'a long first line\n');
    stream.close();
    writeFileSync(file, 'second\n');
    stream.close();
    expect(seen).toEqual(['a long first line', 'second']);
  });
});

describe('a readable line', () => {
  const format = lineFormatter(false);

  it('shows who, when, how bad and what', () => {
    const entry = {
      level: 'info',
      time: '2026-01-01T10:20:30.000Z',
      service: 'bff',
      pid: 1,
      message: 'listening',
      port: 3000,
    };
    expect(format('bff', JSON.stringify(entry))).toMatch(
      /^bff {7}\| \[\d\d:\d\d:\d\d\.000\] INFO: listening \{"port":3000\}\n$/,
    );
  });

  it('leaves what is no log entry as it is', () => {
    expect(format('postgres', 'LOG:  ready')).toBe('postgres  | LOG:  ready\n');
    expect(format('bff', '{broken')).toContain('{broken');
  });
});
