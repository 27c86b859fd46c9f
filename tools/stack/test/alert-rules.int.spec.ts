import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot, stackPaths } from '../src/paths.ts';
import { findPromtool } from '../src/promtool.ts';

const folder = join(repositoryRoot, 'config/prometheus');
let promtool: string;
beforeAll(async () => {
  promtool = await findPromtool(stackPaths().prometheusInstall, process.env['PATH'] ?? '');
}, 120_000);

function judge(words: readonly string[], cwd = folder): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(promtool, words, { cwd, encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

describe('the alert rules', () => {
  it('are rules, and the example finds them', () => {
    expect(judge(['check', 'rules', 'alerts.yml'])).toMatchObject({ code: 0 });
    expect(judge(['check', 'config', '--syntax-only', 'prometheus.example.yml'])).toMatchObject({ code: 0 });
  });

  it('fire when they should, and leave a healthy Umbra alone', () => {
    expect(judge(['test', 'rules', 'alerts.test.yml'])).toMatchObject({ code: 0 });
  });

  it('would be found wrong', () => {
    const place = mkdtempSync(join(tmpdir(), 'umbra-rules-'));
    const rules = readFileSync(join(folder, 'alerts.yml'), 'utf8');
    writeFileSync(join(place, 'alerts.yml'), rules.replace('> 900', '> 90000'));
    writeFileSync(join(place, 'alerts.test.yml'), readFileSync(join(folder, 'alerts.test.yml')));
    expect(judge(['test', 'rules', 'alerts.test.yml'], place).code).not.toBe(0);
    writeFileSync(join(place, 'alerts.yml'), rules.replace('min by (object) (', 'min by (object) (('));
    expect(judge(['check', 'rules', 'alerts.yml'], place).code).not.toBe(0);
    rmSync(place, { recursive: true });
  });
});
