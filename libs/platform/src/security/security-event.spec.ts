import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@umbra/testing';
import { createLogger } from '../logger/logger.ts';
import { OnceAMinute } from './once-a-minute.ts';
import { securityEvent, securityEvents, type SecurityEvent } from './security-event.ts';

const examples: { readonly [E in SecurityEvent]: Parameters<typeof securityEvent<E>>[2] } = {
  'configuration-read': { variables: ['LOG_LEVEL'] },
  'address-open': { listenHost: '0.0.0.0' },
  'url-refused': { source: 'instance_url', reason: 'host' },
  'caller-limited': { reqId: 'r', route: '/api/x', clientAddress: '127.0.0.1', label: 'shop' },
  'operator-command': { command: 'cache clear', options: ['catalog'] },
  'sign-in-excess': { extraScopes: ['web'] },
};

describe('sec-40: security events', () => {
  it.each(Object.keys(securityEvents) as SecurityEvent[])(
    '%s is one entry of its schema, in UTC',
    (event) => {
      const lines: string[] = [];
      const { log } = createLogger({
        service: 'test',
        level: 'info',
        sink: { write: (line) => lines.push(line) },
      });
      securityEvent(log, event, examples[event] as never);
      expect(lines).toHaveLength(1);
      const {
        time,
        eventId,
        event: name,
        level,
        message,
        service,
        pid,
        ...fields
      } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
      expect({ name, level, message, service, pid }).toEqual({
        name: event,
        level: securityEvents[event].level,
        message: securityEvents[event].message,
        service: 'test',
        pid: process.pid,
      });
      expect(time).toMatch(/Z$/);
      expect(eventId).toMatch(/^[0-9a-f-]{36}$/);
      expect(securityEvents[event].fields.parse(fields)).toEqual(examples[event]);
    },
  );

  it('of the same caller come once a minute', () => {
    const clock = new FakeClock();
    const told = new OnceAMinute(clock);
    const due = (): boolean[] => ['a', 'b', 'a'].map((who) => told.due(who));
    expect(due()).toEqual([true, true, false]);
    clock.advance(59_999);
    expect(due()).toEqual([false, false, false]);
    clock.advance(1);
    expect(due()).toEqual([true, true, false]);
  });
});
