import { randomUUID } from 'node:crypto';
import type { Log } from '@umbra/domain';
import { z } from 'zod';

/**
 * What is worth telling whoever watches over security, as entries of the ordinary log: `event` names them, `eventId`
 * tells them apart, the time is UTC, and `reqId` leads to the request where there was one. The set is closed and each
 * has a schema, so that a rule that watches for them can rely on both. Names of settings and of people's commands are
 * told, values never.
 */
export const securityEvents = {
  /** A program has read its configuration. */
  'configuration-read': {
    level: 'info',
    message: 'configuration',
    fields: z.strictObject({ variables: z.array(z.string()) }),
  },
  /** The server can be reached from other machines. */
  'address-open': {
    level: 'warn',
    message: 'reachable from other machines',
    fields: z.strictObject({ listenHost: z.string() }),
  },
  /** A URL that we were about to request is not allowed. Nothing was sent. */
  'url-refused': {
    level: 'warn',
    message: 'url refused',
    fields: z.strictObject({ source: z.string(), reason: z.string() }),
  },
  /** A caller has used up its share. Told once a minute for each. */
  'caller-limited': {
    level: 'warn',
    message: 'caller limited',
    fields: z.strictObject({
      reqId: z.string(),
      route: z.string(),
      clientAddress: z.string(),
      label: z.string().optional(),
    }),
  },
  /** Somebody runs a command that changes something. */
  'operator-command': {
    level: 'info',
    message: 'operator command',
    fields: z.strictObject({ command: z.string(), options: z.array(z.string()) }),
  },
  /** Salesforce gives our sign-in more than it needs. */
  'sign-in-excess': {
    level: 'warn',
    message: 'sign-in grants more than is needed',
    fields: z.strictObject({ extraScopes: z.array(z.string()) }),
  },
} as const;

export type SecurityEvent = keyof typeof securityEvents;

/** Writes one entry. @param fields as the event's schema has them */
export function securityEvent<E extends SecurityEvent>(
  log: Log,
  event: E,
  fields: z.infer<(typeof securityEvents)[E]['fields']>,
): void {
  const { level, message } = securityEvents[event];
  log[level]({ event, eventId: randomUUID(), ...fields }, message);
}
