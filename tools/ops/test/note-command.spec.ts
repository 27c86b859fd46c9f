import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { securityEvents } from '@umbra/platform';
import { runOps } from './run-ops.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-ops-note-'));
afterAll(() => rmSync(folder, { recursive: true }));

const values = { AUTH_KEYS_FILE: join(folder, 'keys') };
const events = (stderr: string): Record<string, unknown>[] =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('sec-40: a command that changes something', () => {
  it('leaves one event with its name and the names of its options', async () => {
    const { code, stdout, stderr } = await runOps(
      ['key', 'add', '--label', 'shop', '--scope', 'read', '--json'],
      values,
    );
    expect(code).toBe(0);
    const [event, ...more] = events(stderr);
    expect(more).toEqual([]);
    const { command, options } = event ?? {};
    expect(event).toMatchObject({ event: 'operator-command', level: 'info', service: 'ops' });
    expect(securityEvents['operator-command'].fields.parse({ command, options })).toEqual({
      command: 'key add',
      options: ['json', 'label', 'scope'],
    });
    expect(stderr).not.toMatch(/shop|umbra_/);
    expect((JSON.parse(stdout) as { key: string }).key).toMatch(/^umbra_/);
  });

  it('of a run that changes nothing, none', async () => {
    const dry = await runOps(['key', 'add', '--label', 'other', '--scope', 'read', '--dry-run'], values);
    const help = await runOps(['key', 'add', '--help'], values);
    expect(events(dry.stderr + help.stderr)).toEqual([]);
  });

  it('that is a backfill, too, also when it then fails', async () => {
    const { stderr } = await runOps(['backfill', '--objects', 'Product2', '--resume'], values);
    expect(events(stderr)).toMatchObject([{ command: 'backfill', options: ['objects', 'resume'] }]);
    expect(events((await runOps(['backfill', '--dry-run'], values)).stderr)).toEqual([]);
  });
});
