import { describe, expect, it } from '@jest/globals';
import { missingPackages } from './apt-packages.ts';
import { acceptedVersion } from './redis-source.ts';

describe('the floor', () => {
  it.each([
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1', '7.0.15'],
    ['Redis server v=8.2.1 sha=0:1', '8.2.1'],
    ['Valkey server v=7.2.5 sha=0:0', '7.2.5'],
  ])('accepts %s', (output, version) => {
    expect(acceptedVersion(output)).toBe(version);
  });

  it.each([
    ['Redis server v=6.2.14 sha=0', 'Redis 6.2.14 is too old'],
    ['KeyDB server v=6.3.4', 'cannot be read'],
    ['', 'cannot be read'],
  ])('refuses %j and names the way out', (output, reason) => {
    expect(() => acceptedVersion(output)).toThrow(
      expect.objectContaining({ exitCode: 69, message: expect.stringContaining(reason) }),
    );
    expect(() => acceptedVersion(output)).toThrow(/REDIS_URL/);
  });
});

it('reads from a simulation which packages are missing', () => {
  const simulation = [
    'NOTE: This is only a simulation!',
    'Inst libjemalloc2 (5.3.0-1 Debian:12.15/oldstable [amd64])',
    'Inst redis-server (5:7.0.15-1~deb12u7 Debian:12.15/oldstable [amd64])',
    'Conf redis-server (5:7.0.15-1~deb12u7 Debian:12.15/oldstable [amd64])',
  ].join('\n');
  expect(missingPackages(simulation)).toEqual(['libjemalloc2', 'redis-server']);
});
