import { describe, expect, it } from '@jest/globals';
import { UmbraError, type ErrorCode } from '@umbra/domain';
import {
  byMessage,
  byPrismaCode,
  bySqlState,
  bySqlStateClass,
  bySystemCode,
  translateStoreError,
} from './translate-error.ts';

const rows = (table: Readonly<Record<string, ErrorCode>>) => Object.entries(table);
const failure = (fields: object) => Object.assign(new Error('as the driver words it'), fields);

describe('translateStoreError', () => {
  it.each(rows(bySqlState))('SQLSTATE %s is %s', (code, expected) => {
    expect(translateStoreError(failure({ code })).code).toBe(expected);
  });

  it.each(rows(bySqlStateClass))('SQLSTATE class %s is %s', (prefix, expected) => {
    expect(translateStoreError(failure({ code: `${prefix}006` })).code).toBe(expected);
  });

  it.each(rows(bySystemCode))('network error %s is %s', (code, expected) => {
    expect(translateStoreError(failure({ code })).code).toBe(expected);
  });

  it.each(rows(byPrismaCode))('Prisma %s is %s', (code, expected) => {
    expect(translateStoreError(failure({ code })).code).toBe(expected);
    expect(translateStoreError(failure({ errorCode: code })).code).toBe(expected);
  });

  it.each(rows(byMessage))('"%s" is %s', (message, expected) => {
    expect(translateStoreError(new Error(message)).code).toBe(expected);
  });

  it.each(['23505', '22003', '42P01', '42601', 'XX000'])('SQLSTATE %s is a defect of ours', (code) => {
    expect(translateStoreError(failure({ code })).code).toBe('STORE_REJECTED');
  });

  it('prefers the SQLSTATE that Prisma hides in the error of its driver adapter', () => {
    const driverAdapterError = { cause: { kind: 'TransactionWriteConflict', originalCode: '40P01' } };
    const error = failure({ code: 'P2010', meta: { driverAdapterError } });
    expect(translateStoreError(error)).toMatchObject({
      code: 'STORE_CONFLICT',
      retry: 'now',
      details: { sqlState: '40P01', prismaCode: 'P2010' },
    });
  });

  it('names table and constraint, and leaves row values in the cause', () => {
    const cause = failure({
      code: '23505',
      table: 'sf_product_shadow',
      constraint: 'sf_product_shadow_sku_key',
      detail: 'Key (sku)=(HOME-1000) already exists.',
    });
    const error = translateStoreError(cause);
    expect(error.details).toEqual({
      sqlState: '23505',
      table: 'sf_product_shadow',
      constraint: 'sf_product_shadow_sku_key',
    });
    expect(error.message).not.toContain('HOME');
    expect(error.cause).toBe(cause);
  });

  it('does not translate twice, and survives what is no error at all', () => {
    const ours = new UmbraError('SYNC_BUSY', 'busy');
    expect(translateStoreError(ours)).toBe(ours);
    expect(translateStoreError(undefined).code).toBe('STORE_REJECTED');
  });
});
