import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from './secret.ts';

/** Readers of variable texts. Each problem is a phrase that follows the variable's name. */

const nonEmpty = (what: string) => z.string().min(1, `is set but empty: give ${what} or remove it`);

export const plainText = nonEmpty('a value');

export const secretText = nonEmpty('a value').transform((text) => new Secret(text));

export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const needs = `needs a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, needs)
    .transform(Number)
    .pipe(z.int(needs).min(min, needs).max(max, needs));
}

/** 0 asks the system for any free port. */
export const port = wholeNumber(0, 65_535);

/** `true` or `false`; no other spelling, so that a typo cannot switch something on or off. */
export const onOff: z.ZodType<boolean, string> = z
  .enum(['true', 'false'], 'needs true or false')
  .transform((text) => text === 'true');

export function oneOf<const T extends readonly [string, ...string[]]>(
  choices: T,
): z.ZodType<T[number], string> {
  return z.enum(choices, `needs one of ${choices.join(', ')}`);
}

/** Comma-separated items, trimmed; empty text is the empty list. */
export function listOf(item: z.ZodType<string, string>): z.ZodType<readonly string[], string> {
  return z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item));
}

/** A URL with one of these schemes; kept as secret text, since it may carry a password. */
export function serviceUrl(schemes: readonly string[], example: string): z.ZodType<Secret, string> {
  return plainText.transform((text, context) => {
    const url = URL.parse(text);
    if (url === null || !schemes.includes(url.protocol.slice(0, -1)) || url.hostname === '') {
      context.addIssue({ code: 'custom', message: `needs a URL like ${example}`, input: undefined });
      return z.NEVER;
    }
    return new Secret(text);
  });
}

export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/** An https origin without path, query or user; http only on loopback. Given back without a trailing slash. */
export const httpsOrigin: z.ZodType<string, string> = plainText.transform((text, context) => {
  const url = URL.parse(text);
  const refuse = (message: string): never => {
    context.addIssue({ code: 'custom', message, input: undefined });
    return z.NEVER;
  };
  if (url === null) return refuse('needs a URL like https://example.my.salesforce.com');
  if (url.username !== '' || url.password !== '') return refuse('must not carry a user name or password');
  if (url.search !== '' || url.hash !== '' || url.pathname !== '/')
    return refuse('needs scheme and host only, without path or query');
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname)))
    return url.origin;
  return refuse('needs https (http is accepted on loopback only)');
});
