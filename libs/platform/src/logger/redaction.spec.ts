import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { errorCatalogue, UmbraError, type ErrorCode } from '@umbra/domain';
import { Secret } from '../env/secret.ts';
import { asUmbraError, problemOf } from '../http/problem.ts';
import { failureText } from '../lifecycle/failure-text.ts';
import { createLogger } from './logger.ts';
import { loggableFields } from './log-fields.ts';

const CANARY = 'Kanarienvogel';

/** Ways in which a token, a key, a password or the name of an account gets hold of a log call. */
const carriers: Readonly<Record<string, () => unknown>> = {
  text: () => CANARY,
  secret: () => new Secret(CANARY),
  'foreign error': () => new TypeError(`Key (name)=(${CANARY}) already exists`),
  'error with fields': () =>
    Object.assign(new Error('x'), { detail: CANARY, query: `select '${CANARY}'`, where: CANARY }),
  'error whose name lies': () => Object.assign(new Error('x'), { name: CANARY }),
  'error whose code is no code': () => Object.assign(new Error('x'), { code: CANARY }),
  'aggregate error': () => new AggregateError([new Error(CANARY)], CANARY),
  'cause of a cause': () => new Error('x', { cause: new Error(CANARY, { cause: new RangeError(CANARY) }) }),
  'thrown text as a cause': () => new Error('x', { cause: CANARY }),
  record: () => ({ Name: CANARY, Internet_Eligibility__c: CANARY }),
  'deep record': () => ({ details: { details: { details: { details: { Name: CANARY } } } } }),
  list: () => [{ Name: CANARY }, [CANARY].map((value) => ({ value }))],
  map: () => new Map([['Name', CANARY]]),
  'set of names': () => new Set([CANARY]),
  bytes: () => Buffer.from(CANARY),
  'object that prints itself': () => ({ toJSON: () => CANARY }),
  getter: () => ({
    get Name() {
      return CANARY;
    },
  }),
  'key of an object': () => ({ details: { [`${CANARY} `.repeat(3)]: 1 } }),
  function: () => () => CANARY,
  symbol: () => Symbol(CANARY),
};
/** Listed names take the texts that code gives them; what is structured is searched all the same. */
const plain = new Set(['text', 'set of names']);

describe('sec-38: nothing that is not listed reaches a sink', () => {
  const written = (write: (log: ReturnType<typeof createLogger>) => void): string => {
    const lines: string[] = [];
    write(createLogger({ service: 'test', level: 'trace', sink: { write: (line) => lines.push(line) } }));
    expect(lines.length).toBeGreaterThan(0);
    return lines.join('');
  };

  it.each(Object.entries(carriers))('%s under a name that is not listed', (_name, make) => {
    const text = written(({ log, pino }) => {
      for (const name of [
        'token',
        'password',
        'name',
        'accountName',
        'Internet_Eligibility__c',
        'body',
        'sql',
        'headers',
      ]) {
        expect(loggableFields.has(name)).toBe(false);
        log.error({ [name]: make() }, 'x');
        log.child({ [name]: make() }).warn({ details: { [name]: make() } }, 'x');
        pino.error({ [name]: make() }, 'x');
      }
    });
    expect(text).not.toContain(CANARY);
  });

  it.each(Object.entries(carriers).filter(([name]) => !plain.has(name)))('%s as an error', (_name, make) => {
    const text = written(({ log, pino }) => {
      log.error({ err: make() }, 'x');
      log.error({ details: { err: make() } }, 'x');
      pino.error(new Error('x', { cause: make() }));
      const details = { value: make(), table: 'sf_product_shadow' };
      log.error({ err: new UmbraError('STORE_REJECTED', 'refused', { details, cause: make() }) }, 'x');
    });
    expect(text).not.toContain(CANARY);
  });

  it.each(Object.entries(carriers).filter(([name]) => !plain.has(name)))('%s to a caller', (_name, make) => {
    for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
      const error = new UmbraError(code, 'own words', { details: { value: make() }, cause: make() });
      expect(JSON.stringify(problemOf(error, 'id'))).not.toContain(CANARY);
    }
    expect(JSON.stringify(problemOf(asUmbraError(make()), 'id'))).not.toContain(CANARY);
  });

  it.each(Object.entries(carriers))('%s on the terminal of a program that cannot start', (_name, make) => {
    const wrapped = new UmbraError('STORE_UNAVAILABLE', 'PostgreSQL does not answer', {
      details: { value: make() },
      cause: make(),
    });
    expect(failureText(wrapped)).not.toContain(CANARY);
  });

  it('secrets print as such, whoever prints them', () => {
    const secret = new Secret(CANARY);
    const texts = [
      `${String(secret)}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      [secret].join(),
    ];
    for (const text of texts) {
      expect(text).toContain('[redacted]');
      expect(text).not.toContain(CANARY);
    }
    expect(Object.keys(secret)).toEqual([]);
    expect(structuredClone({ ...secret })).toEqual({});
  });
});
