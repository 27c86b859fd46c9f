import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Linter } from 'eslint';
import ts from 'typescript-eslint';
const file = pathToFileURL('eslint.safety.mjs').href;
interface Refused {
  readonly selector: string;
  readonly message: string;
}
const { patternsAtRunTime, unsafeSyntax } = (await import(file)) as {
  patternsAtRunTime: Refused;
  unsafeSyntax: Refused[];
};

function problems(code: string): number {
  const messages = new Linter().verify(
    code,
    [
      {
        files: ['**/*.ts'],
        languageOptions: { parser: ts.parser },
        rules: { 'no-restricted-syntax': ['error', ...unsafeSyntax, patternsAtRunTime] },
      },
    ] as Linter.Config[],
    'fixture.ts',
  );
  return messages.filter((message) => message.ruleId === 'no-restricted-syntax').length;
}

describe('sec-14, sec-19 and sec-27: unsafe syntax is refused by lint', () => {
  it.each([
    ['a query with a pasted value', 'await pool.query(`select * from t where id = ${id}`);'],
    ['a query put together with +', "await client.query('select * from t where id = ' + id);"],
    ['Prisma raw text', 'await prisma.$queryRawUnsafe(sql);'],
    ['Prisma raw execution', 'await prisma.$executeRawUnsafe(sql);'],
    ['TLS without verification', 'connect({ rejectUnauthorized: false });'],
    ['TLS of any name', 'connect({ checkServerIdentity: () => undefined });'],
    ['TLS below 1.2', "connect({ minVersion: 'TLSv1.1' });"],
    ['TLS unverified by environment', "env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';"],
    ['a pattern from a text', 'const pattern = new RegExp(text);'],
  ])('%s', (_name, code) => {
    expect(problems(code)).toBe(1);
  });

  it.each([
    ['parameters', "await pool.query('select * from t where id = $1', [id]);"],
    ['a constant template', 'await pool.query(`select 1`);'],
    ["Prisma's tagged template", 'await prisma.$queryRaw`select ${id}`;'],
  ])('%s pass', (_name, code) => {
    expect(problems(code)).toBe(0);
  });
});
