import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Commit } from './commit.ts';
import { HistoryLog } from './history-log.ts';

const commit = (seq: number): Commit => ({
  seq,
  commitNumber: 1_778_192_987_716_501_507n + BigInt(seq),
  commitTimestamp: 1_778_192_987_000,
  visibleAt: 1_778_192_987_250,
  transactionKey: 'key',
  user: '005000000000001AAA',
  client: '',
  changeOrigin: '',
  schemaRevision: 1,
  changes: [
    {
      object: 'Account',
      recordId: '001000000000001AAA',
      changeType: 'UPDATE',
      sequenceNumber: 1,
      cascaded: false,
      before: { Description: 'é\n"' },
      after: { Description: `${'長い\n'.repeat(seq % 50)}${seq}` },
      nulledFields: [],
    },
  ],
});

describe('the history log', () => {
  it('spills to a file and reads back from any commit, also while it grows', () => {
    const log = new HistoryLog({ dataDir: undefined, tailChanges: 100 });
    for (let seq = 1; seq <= 2_000; seq++) log.append(commit(seq));
    expect(log.spilled).toBeGreaterThan(1_800);
    for (const from of [1, 2, 255, 256, 257, 1_024, 1_950, 2_000]) {
      expect([...log.commits(from)].map(({ seq }) => seq)).toEqual(
        Array.from({ length: 2_001 - from }, (_, i) => from + i),
      );
    }
    expect(log.commits(700).next().value).toEqual(commit(700));
    const reader = log.commits(1_990);
    const seen = [reader.next().value?.seq];
    for (let seq = 2_001; seq <= 2_300; seq++) log.append(commit(seq));
    for (const { seq } of reader) seen.push(seq);
    expect(seen).toEqual(Array.from({ length: 311 }, (_, i) => 1_990 + i));
    expect(log.last?.seq).toBe(2_300);
    expect([...log.commits(5_000)]).toEqual([]);
    log.close();
  });

  it('keeps its file in the data folder while it lives, and clears away what killed ones left', () => {
    const folder = mkdtempSync(join(tmpdir(), 'history-log-'));
    // No process can have this id: Linux stops at 2^22.
    writeFileSync(join(folder, 'history-99999999-1.ndjson'), 'left over');
    writeFileSync(join(folder, 'credentials.json'), '{}');
    const log = new HistoryLog({ dataDir: folder, tailChanges: 4 });
    for (let seq = 1; seq <= 20; seq++) log.append(commit(seq));
    expect(readdirSync(folder)).toEqual(['credentials.json', expect.stringMatching(/^history-.*\.ndjson$/)]);
    log.close();
    expect(readdirSync(folder)).toEqual(['credentials.json']);
    rmSync(folder, { recursive: true });
  });
});
