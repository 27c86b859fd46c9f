import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { overgrown, type Sample } from './checkers/bounded.ts';
import { growing } from './checkers/flat.ts';
import { lost, type PublishedEvent } from './checkers/no-loss.ts';
import { fallingVersions } from './checkers/monotone.ts';
import { told } from './checkers/silence.ts';
import { writersInTurn } from './checkers/one-writer.ts';
import { brokenLimits, type SourceCounts, type StreamCounts } from './checkers/source-limits.ts';
import type { Checkpoint, RawInsert, RowWrite } from './checkers/traces.ts';
import { allCases } from './faults/all-cases.ts';
import { matrix } from './faults/matrix.ts';
import { rowsOf } from './faults/row-selection.ts';

/** Each checker is given a history in which all is well, and then the same with one thing wrong. */

const event = (n: number, at: number): PublishedEvent => ({
  n,
  sha256: `print ${n}`,
  entity: 'Account',
  commitTimestamp: at,
});

describe('no-loss', () => {
  const published = [event(1, 1_000), event(2, 2_000), event(3, 3_000)];
  const all = new Set(published.map(({ sha256 }) => sha256));
  const some = new Set(['print 1', 'print 3']);
  const hole = (object: string, from: number, to: number) => ({
    object,
    from_at: new Date(from),
    to_at: new Date(to),
  });

  it('is content when every event is in the log, or was read behind a hole', () => {
    expect(lost(published, all)).toEqual([]);
    expect(lost(published, some, [hole('Account', 1_500, 9_000)])).toEqual([]);
  });

  it('sees an event that the position passed and nobody stored', () => {
    expect(lost(published, some)).toEqual([published[1]]);
  });

  it('takes no hole for an excuse that begins later, ends earlier, or is another object’s', () => {
    const holes = [hole('Account', 2_001, 9_000), hole('Account', 0, 1_999), hole('Product2', 0, 9_000)];
    expect(lost(published, some, holes)).toEqual([published[1]]);
  });
});

describe('one-writer', () => {
  const commit = (n: number, change: Partial<Checkpoint> = {}): Checkpoint => ({
    n: String(n),
    topic: 'accounts',
    fence: '7',
    epoch: 1,
    owner: 'first',
    next_seq: String(n),
    replay_id: null,
    xid: String(n),
    ...change,
  });
  const insert = (xid: number): RawInsert => ({
    xid: String(xid),
    stream_id: 1,
    topic: 'accounts',
    events: 3,
  });
  const taken = { fence: '8', owner: 'second' };

  it('is content with owners in turn', () => {
    const released = commit(2, { owner: null });
    expect(writersInTurn([commit(1), released, commit(3, taken)], [insert(1), insert(3)])).toEqual([]);
  });

  it('sees a fence that is ignored: the old owner commits after the new one', () => {
    expect(writersInTurn([commit(1), commit(2, taken), commit(3)], [])).toEqual([
      'accounts: commit 3 carries fence 7 after 8 (2)',
    ]);
  });

  it('compares fences as numbers', () => {
    const [nine, ten] = [commit(1, { fence: '9' }), commit(2, { fence: '10', owner: 'second' })];
    expect(writersInTurn([nine, ten], [])).toEqual([]);
    expect(writersInTurn([ten, nine], [])).not.toEqual([]);
  });

  it('sees two owners under one fence, and numbers given twice', () => {
    expect(writersInTurn([commit(1), commit(2, { owner: 'second' })], [])).toHaveLength(1);
    expect(writersInTurn([commit(5), commit(6, { next_seq: '4' })], [])).toHaveLength(1);
  });

  it('sees a position that goes back, as when an old owner stores what the new one has', () => {
    const at = (n: number, replay_id: string, epoch = 1) => commit(n, { replay_id, epoch });
    expect(writersInTurn([at(1, '0a'), at(2, '0b'), at(3, '0a')], [])).toHaveLength(1);
    expect(writersInTurn([at(1, '0b'), at(2, '0a', 2)], [])).toEqual([]);
  });

  it('sees events that entered the log without the position: stored before or after the checkpoint', () => {
    expect(writersInTurn([commit(1)], [insert(2)])).toHaveLength(1);
    expect(writersInTurn([commit(1, { topic: 'products' })], [insert(1)])).toHaveLength(1);
  });
});

describe('silence', () => {
  const secrets = { 'a password': 'correct-horse', 'a key that was never set': '' };

  it('is content with texts that tell nothing', () => {
    expect(
      told({ 'the log': '{"message":"no connection to postgresql://umbra@127.0.0.1"}' }, secrets),
    ).toEqual([]);
  });

  it('sees a secret wherever it stands', () => {
    const texts = {
      'the log': 'all is well',
      'an error': 'cannot reach postgresql://umbra:correct-horse@host',
    };
    expect(told(texts, secrets)).toEqual(['a password stands in an error']);
  });
});

describe('monotone', () => {
  const write = (n: number, change: Partial<RowWrite> = {}): RowWrite => ({
    n: String(n),
    object: 'Account',
    record_id: '001',
    v_base: '0005',
    v_fields: {},
    v_alive: '0005',
    v_max: '0005',
    ...change,
  });
  const newer = { v_fields: { Phone: '0007' }, v_max: '0007' };

  it('is content with versions that rise, by leaf and by full image', () => {
    const image = { v_base: '0009', v_fields: {}, v_alive: '0009', v_max: '0009' };
    expect(fallingVersions([write(1), write(2, newer), write(3, image)])).toEqual([]);
    expect(fallingVersions([write(1, newer), write(2, { record_id: '002' })])).toEqual([]);
  });

  it('sees the last arrival win: a leaf, the full image, existence, the newest version', () => {
    const older = { v_fields: { Phone: '0006' }, v_max: '0007' };
    expect(fallingVersions([write(1, newer), write(2, older)])).toEqual([
      'Account 001: Phone fell in write 2',
    ]);
    expect(fallingVersions([write(1), write(2, { v_base: '0004' })])).toHaveLength(1);
    expect(fallingVersions([write(1), write(2, { v_alive: '0004' })])).toHaveLength(1);
    expect(fallingVersions([write(1), write(2, { v_max: '0004' })])).toHaveLength(1);
  });

  it('sees a full image that is older than the leaf which it replaces', () => {
    const image = { v_base: '0006', v_fields: {}, v_alive: '0006', v_max: '0007' };
    expect(fallingVersions([write(1, newer), write(2, image)])).toEqual([
      'Account 001: Phone fell in write 2',
    ]);
  });
});

describe('source-limits', () => {
  const counts: SourceCounts = {
    limitErrors: 0,
    longCallsPeak: 1,
    dailyUsed: 10,
    dailyLimit: 100,
    withoutClient: 0,
  };
  const stream: StreamCounts = { topic: 'accounts', maxOutstanding: 100, preset: 'CUSTOM' };

  it('is content within the limits', () => {
    expect(brokenLimits(counts, [stream])).toEqual([]);
  });

  it('sees refusals, long calls, a spent day, calls without a name, too much demand, and LATEST', () => {
    const broken = { limitErrors: 1, longCallsPeak: 9, dailyUsed: 101, withoutClient: 1 };
    for (const [name, value] of Object.entries(broken))
      expect([name, brokenLimits({ ...counts, [name]: value }, [])]).toEqual([name, [expect.anything()]]);
    expect(brokenLimits(counts, [{ ...stream, maxOutstanding: 101 }])).toHaveLength(1);
    expect(brokenLimits(counts, [{ ...stream, preset: 'LATEST' }])).toHaveLength(1);
  });
});

describe('bounded', () => {
  const sample: Sample = { atMs: 0, rss: { worker: 200 }, connections: 20, redisBytes: 10 };
  const within = { rss: 300, connections: 90, redisBytes: 100 };

  it('is content below the caps', () => {
    expect(overgrown([sample, sample], within)).toEqual([]);
  });

  it('sees a buffer without a bound, connections that leak, and a queue that grows', () => {
    for (const bad of [{ rss: { worker: 301 } }, { connections: 91 }, { redisBytes: 101 }])
      expect(overgrown([sample, { ...sample, ...bad }, sample], within)).toHaveLength(1);
  });
});

describe('flat', () => {
  const series = (values: number[]) => [{ name: 'memory', values, slack: 10 }];
  const waves = Array.from({ length: 40 }, (_, at) => 100 + (at % 5));

  it('is content with what warms up and then stays, and with what is too short to tell', () => {
    expect(growing(series([10, 40, 70, ...waves]))).toEqual([]);
    expect(growing(series([1, 1_000]))).toEqual([]);
  });

  it('sees what goes on growing', () => {
    expect(growing(series(waves.map((value, at) => value + at * 3)))).toHaveLength(1);
  });
});

describe('rows as people write them', () => {
  it('are numbers and ranges', () => {
    expect([...(rowsOf('1-3, 34') ?? [])]).toEqual([1, 2, 3, 34]);
    for (const text of ['', 'x', '1-', '1;2']) expect([text, rowsOf(text)]).toEqual([text, undefined]);
  });
});

describe('the matrix', () => {
  const rows = new Set(matrix.map(({ row }) => row));

  it('has something for every row: a case, or a file that exists', () => {
    const bare = matrix.filter(
      ({ elsewhere = [], row }) => elsewhere.length === 0 && !allCases.some((one) => one.row === row),
    );
    expect(bare).toEqual([]);
    for (const { elsewhere = [] } of matrix)
      for (const file of elsewhere) expect([file, existsSync(file)]).toEqual([file, true]);
  });

  it('knows every case, and no two by one name', () => {
    expect(allCases.filter(({ row }) => !rows.has(row))).toEqual([]);
    const names = allCases.map(({ row, title }) => `${row} ${title}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
