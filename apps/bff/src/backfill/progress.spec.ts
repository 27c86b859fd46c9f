import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { BackfillProgress } from '@umbra/sync';
import { duration, progressView } from './progress.ts';

const at = (change: Partial<BackfillProgress>): BackfillProgress => ({
  object: 'Account',
  phase: 'landing',
  rowsLanded: 50_000,
  promised: 1_000_000,
  parked: 0,
  rowsPerSecond: 12_345.6,
  calls: 7,
  etaSeconds: 77,
  ...change,
});

describe('progress', () => {
  it('is plain lines without a terminal: every change of phase, and one line per five seconds', () => {
    const lines: string[] = [];
    let now = 0;
    const view = progressView({ write: (line) => lines.push(line) }, () => now);
    view.show(at({ phase: 'waiting', rowsLanded: 0, promised: null }));
    view.show(at({}));
    now += 4_999;
    view.show(at({ rowsLanded: 60_000 }));
    now += 1;
    view.show(at({ rowsLanded: 70_000, parked: 1_200 }));
    view.show(at({ phase: 'complete', rowsLanded: 1_000_000, parked: 1_200, etaSeconds: 0 }));
    view.end();
    expect(lines).toEqual([
      'Account waiting: Salesforce prepares the rows, 7 calls spent\n',
      'Account landing: 50,000 of 1,000,000 rows, 12,346 rows/s, 7 calls spent, 1:17 left\n',
      'Account landing: 70,000 of 1,000,000 rows, 12,346 rows/s, 1,200 parked, 7 calls spent, 1:17 left\n',
      'Account complete: 1,000,000 of 1,000,000 rows, 12,346 rows/s, 1,200 parked, 7 calls spent\n',
    ]);
  });

  it('is a bar per object on a terminal', () => {
    const screen = Object.assign(new PassThrough(), {
      isTTY: true,
      columns: 120,
      cursorTo: () => true,
      moveCursor: () => true,
      clearLine: () => true,
    });
    const view = progressView(screen, () => 0);
    view.show(at({ object: 'Product2', rowsLanded: 10, promised: 10 }));
    view.show(at({ object: 'Product2', phase: 'complete', rowsLanded: 10, promised: 10 }));
    view.show(at({ rowsLanded: 500_000 }));
    view.end();
    const text = String(screen.read());
    expect(text).toContain('Product2');
    expect(text).toMatch(/Account\s.*50%\s+500,000 of 1,000,000 rows/);
  });

  it('writes durations as people read them', () => {
    expect([0, 59.6, 77, 3_723].map(duration)).toEqual(['0:00', '1:00', '1:17', '1:02:03']);
  });
});
