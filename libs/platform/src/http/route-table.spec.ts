import { describe, expect, it } from '@jest/globals';
import { RouteTable } from './route-table.ts';

describe('RouteTable', () => {
  it('tells an unknown path from a known one with another method', () => {
    const table = new RouteTable();
    table.add(['GET', 'HEAD'], '/api/eligibility/:accountId');
    table.add('POST', '/api/orders/quote');
    expect(table.methodsOf('/api/eligibility/001')).toEqual(['GET', 'HEAD']);
    expect(table.methodsOf('/api/orders/quote')).toEqual(['POST']);
    expect(table.methodsOf('/api/orders')).toEqual([]);
    expect(table.methodsOf('/api/eligibility')).toEqual([]);
    expect(table.list()).toContain('POST /api/orders/quote');
  });
});
