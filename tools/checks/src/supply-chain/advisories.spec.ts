import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  advisoryProblems,
  exceptionsSchema,
  snapshotSchema,
  type Exceptions,
  type Snapshot,
} from './advisories.ts';
import { installedPackages } from './installed-packages.ts';
import { refreshSnapshot, SNAPSHOT_FILE } from './refresh-advisories.ts';

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const now = new Date('2026-03-10T00:00:00Z');

const advisory = (changes: Partial<Snapshot['advisories'][number]> = {}): Snapshot => ({
  takenAt: '2026-03-10T00:00:00Z',
  advisories: [
    {
      package: 'planted',
      id: 'GHSA-1',
      title: 'a hole',
      severity: 'high',
      exploited: false,
      vulnerable: '<2.0.1',
      firstSeen: '2026-03-01',
      ...changes,
    },
  ],
});
const exception = (changes: Partial<Exceptions[number]> = {}): Exceptions => [
  {
    id: 'GHSA-1',
    reason: 'the vulnerable part is not loaded',
    decidedOn: '2026-03-01',
    expires: '2026-04-01',
    ...changes,
  },
];
const judge = (version: string, snapshot: Snapshot, exceptions: Exceptions = []): string[] =>
  advisoryProblems([{ name: 'planted', version }], snapshot, exceptions, now);
const due = [expect.stringContaining('planted@2.0.0 has GHSA-1')];

describe('sec-55: the gate of advisories', () => {
  it('closes for a vulnerable package when the time for repair is over', () => {
    expect(judge('2.0.0', advisory())).toEqual(due);
    expect(judge('2.0.1', advisory())).toEqual([]);
    expect(judge('2.0.0', advisory({ firstSeen: '2026-03-04' }))).toEqual([]);
    expect(judge('2.0.0', advisory({ severity: 'critical', firstSeen: '2026-03-09' }))).toEqual([]);
    expect(judge('2.0.0', advisory({ severity: 'critical', firstSeen: '2026-03-08' }))).toEqual(due);
    expect(
      judge('2.0.0', advisory({ severity: 'moderate', exploited: true, firstSeen: '2026-03-08' })),
    ).toEqual(due);
    expect(judge('2.0.0', advisory({ severity: 'moderate' }))).toEqual([]);
  });

  it('opens for a dated exception, until its day', () => {
    expect(judge('2.0.0', advisory(), exception())).toEqual([]);
    expect(judge('2.0.0', advisory(), exception({ expires: '2026-03-10' }))).toEqual([
      'The exception for GHSA-1 expired on 2026-03-10',
      ...due,
    ]);
    expect(judge('2.0.1', advisory(), exception({ expires: '2026-12-24' }))).toEqual([
      expect.stringContaining('90 is the most'),
    ]);
    expect(() =>
      exceptionsSchema.parse([{ id: 'GHSA-1', reason: 'the vulnerable part is not loaded' }]),
    ).toThrow();
  });

  it('is open today, by what the repository knows', () => {
    const snapshot = snapshotSchema.parse(read(SNAPSHOT_FILE));
    const exceptions = exceptionsSchema.parse(read('tools/checks/advisories/exceptions.json'));
    const installed = installedPackages();
    expect(advisoryProblems(installed, snapshot, exceptions, new Date())).toEqual([]);
    const older = installed.map(({ name }) => ({ name, version: '1.0.0' }));
    expect(advisoryProblems(older, snapshot, exceptions, new Date()).length).toBeGreaterThan(0);
  });

  it('learns from the registry, and keeps the day on which something was first seen', async () => {
    const asked: unknown[] = [];
    const registry = createServer((request, response) => {
      let text = '';
      request
        .on('data', (chunk: Buffer) => (text += chunk.toString()))
        .on('end', () => {
          asked.push(request.url, JSON.parse(text));
          const found = (id: string): object => ({
            id: 1,
            url: `https://github.com/advisories/${id}`,
            title: 'a hole',
            severity: 'high',
            vulnerable_versions: '<2.0.1',
          });
          response.end(JSON.stringify({ planted: [found('GHSA-1'), found('GHSA-2')] }));
        });
    });
    await new Promise<void>((settle) => void registry.listen(0, '127.0.0.1', settle));
    const folder = mkdtempSync(join(tmpdir(), 'umbra-advisories-'));
    const file = join(folder, 'snapshot.json');
    writeFileSync(file, JSON.stringify(advisory()));
    const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
    await refreshSnapshot([{ name: 'planted', version: '2.0.0' }], { registry: url, file, now });
    expect(asked).toEqual(['/-/npm/v1/security/advisories/bulk', { planted: ['2.0.0'] }]);
    expect(snapshotSchema.parse(read(file)).advisories.map(({ id, firstSeen }) => [id, firstSeen])).toEqual([
      ['GHSA-1', '2026-03-01'],
      ['GHSA-2', '2026-03-10'],
    ]);
    registry.close();
    rmSync(folder, { recursive: true });
  });
});
