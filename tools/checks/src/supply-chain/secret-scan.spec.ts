import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { trackedFiles } from '../tracked-files.ts';
import { findSecrets, shapedLikeSecrets } from './secret-scan.ts';

/** Put together here, so that this file holds none. */
const planted: Readonly<Record<string, string>> = {
  'a private key': `-----BEGIN RSA ${'PRIVATE'} KEY-----\n${'MIIEowIBAAKCAQEA'.repeat(8)}\n-----END RSA ${'PRIVATE'} KEY-----`,
  'a token of GitHub': `ghp_${'a1B2'.repeat(9)}`,
  'a key of AWS': `aws_secret_access_key = ${'wJalrXUtnFEMI/K7MDENG'}/bPxRfiCYzzzzzzzKEY`,
  'a password in a URL': `DATABASE_URL=postgresql://umbra:${'s3cr3t-of-prod'}@db.internal:5432/umbra`,
  'an API key of ours': `umbra_${'aB3-'.repeat(10)}xyz`,
  'a consumer secret': `SF_CLIENT_SECRET=${'0123456789ABCDEF'.repeat(4)}`,
};

describe('sec-56: secrets', () => {
  it.each(Object.entries(planted))('%s is found', async (_name, text) => {
    const found = await findSecrets('planted.env', `line one\n${text}\n`);
    expect(found.length).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toContain(text.slice(-12));
  });

  it('stand in no file of the repository', async () => {
    const found = (
      await Promise.all(trackedFiles().map((file) => findSecrets(file, readFileSync(file, 'utf8'))))
    ).flat();
    const key = (file: string, rule: string): string => `${file}: ${rule}`;
    const known = new Set(shapedLikeSecrets.map(([file, rule]) => key(file, rule)));
    expect(found.filter(({ file, rule }) => !known.has(key(file, rule)))).toEqual([]);
    const needed = new Set(found.map(({ file, rule }) => key(file, rule)));
    expect([...known].filter((each) => !needed.has(each))).toEqual([]);
  });
});
