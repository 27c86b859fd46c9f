import { describe, expect, it } from '@jest/globals';
import { judge } from './start-check.ts';

function info(facts: Record<string, string>): string {
  return ['# Server', ...Object.entries(facts).map(([name, value]) => `${name}:${value}`), ''].join('\r\n');
}

describe('start check', () => {
  it.each([
    [
      { redis_version: '7.0.15', maxmemory_policy: 'noeviction' },
      { kind: 'redis', version: '7.0.15' },
    ],
    [
      { redis_version: '10.2.0', maxmemory_policy: 'noeviction' },
      { kind: 'redis', version: '10.2.0' },
    ],
    [
      { redis_version: '7.2.4', valkey_version: '8.1.0', maxmemory_policy: 'noeviction' },
      { kind: 'valkey', version: '8.1.0' },
    ],
  ])('accepts %j', (facts, server) => {
    expect(judge(info(facts))).toEqual(server);
  });

  it.each([
    [{ redis_version: '6.2.14', maxmemory_policy: 'noeviction' }, 'QUEUE_TOO_OLD', '6.2.14'],
    [{ maxmemory_policy: 'noeviction' }, 'QUEUE_TOO_OLD', 'unknown'],
    [{ redis_version: '7.4.0', maxmemory_policy: 'allkeys-lru' }, 'QUEUE_EVICTION_POLICY', 'allkeys-lru'],
    [{ redis_version: '7.4.0' }, 'QUEUE_EVICTION_POLICY', 'unknown'],
  ])('refuses %j', (facts, code, named) => {
    const act = () => judge(info(facts));
    expect(act).toThrow(expect.objectContaining({ code }));
    expect(act).toThrow(named);
  });
});
