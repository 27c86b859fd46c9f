import { describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import { Secret } from '../env/secret.ts';
import { createLogger } from './logger.ts';

function recording() {
  const lines: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'debug',
    sink: { write: (line) => lines.push(line) },
  });
  const entry = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
  return { ...logger, lines, entry };
}

describe('the log', () => {
  it('writes one JSON line with level, time, service and message', () => {
    const { log, lines, entry } = recording();
    log.info({ sku: 'SKU-1' }, 'record parked');
    expect(lines).toHaveLength(1);
    expect(entry()).toMatchObject({ level: 'info', service: 'test', sku: 'SKU-1', message: 'record parked' });
    expect(entry()['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  const nasty = [
    'a\r\nlevel=error forged',
    '\u001b[2J\u001b[31mred',
    '\u009b31m',
    'a\u2028b\u2029c',
    '\u0000\u0007\u007f',
    '\u202egnp.exe',
  ];
  it.each(nasty)('sec-17: %j stays one parseable line without control characters', (text) => {
    const { log, lines, entry } = recording();
    log.warn({ sku: text, code: { [text]: 1 } }, text);
    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    expect(line.endsWith('\n')).toBe(true);
    // eslint-disable-next-line no-control-regex -- control characters are the subject
    expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    expect(entry()).toMatchObject({ sku: text, message: text });
  });

  it('prints only listed fields, at every depth and in bound fields', () => {
    const { log, lines, entry } = recording();
    log
      .child({ job: 'refresh-record', accountName: 'canary' })
      .info({ token: 'canary', details: { object: 'Account', Name: 'canary' }, ids: ['001'] }, 'batch');
    expect(lines.join('')).not.toContain('canary');
    expect(entry()).toMatchObject({
      job: 'refresh-record',
      accountName: '[redacted]',
      token: '[redacted]',
      details: { object: 'Account', Name: '[redacted]' },
      ids: ['001'],
    });
  });

  it('prints no secret, not even under a listed name', () => {
    const { log, lines } = recording();
    log.info({ source: new Secret('canary'), details: { source: [new Secret('canary')] } }, 'x');
    expect(lines.join('')).not.toContain('canary');
  });

  it('keeps our errors and leaves out the words of foreign ones', () => {
    const { log, pino, lines, entry } = recording();
    const foreign = Object.assign(new TypeError('Key (sku)=(canary) exists'), { code: '23505' });
    const ours = new UmbraError('STORE_REJECTED', 'PostgreSQL refused the statement', {
      details: { table: 'sf_product_shadow', value: 'canary' },
      cause: foreign,
    });
    log.error({ err: ours }, 'apply failed');
    expect(entry()['err']).toMatchObject({
      code: 'STORE_REJECTED',
      kind: 'invariant',
      message: 'PostgreSQL refused the statement',
      details: { table: 'sf_product_shadow', value: '[redacted]' },
      cause: { name: 'TypeError', code: '23505' },
    });
    pino.error(foreign);
    expect(entry()).toMatchObject({ message: 'error', err: { name: 'TypeError' } });
    log.error({ err: 'canary' }, 'thrown text');
    expect(lines.join('')).not.toContain('canary');
  });

  it('cuts what is long or deep, and survives cycles', () => {
    const { log, entry } = recording();
    const loop: Record<string, unknown> = {};
    loop['details'] = loop;
    log.info({ reason: 'x'.repeat(2_000), details: loop, ids: Array.from({ length: 500 }, String) }, 'big');
    expect(String(entry()['reason']).length).toBeLessThan(520);
    expect(entry()['ids']).toHaveLength(50);
  });
});
