import { randomInt } from 'node:crypto';
import { SalesforceError } from '../../org/record.ts';
import { ApiError, type ApiErrorEntry } from './api-error.ts';
import { json, type Reply } from './reply.ts';

/** Any thrown thing as an answer: Salesforce's error array, in XML when the caller accepts only that. */
export function errorReply(error: unknown, accept: string | undefined): Reply {
  const { status, entries, headers } = described(error);
  if (accept !== undefined && /^(?:application|text)\/xml\b/iu.test(accept))
    return {
      status,
      headers,
      body: { kind: 'text', contentType: 'application/xml;charset=UTF-8', text: xml(entries) },
    };
  return json(entries, status, headers);
}

function described(error: unknown): {
  status: number;
  entries: readonly ApiErrorEntry[];
  headers: Record<string, string>;
} {
  if (error instanceof ApiError)
    return { status: error.status, entries: error.entries, headers: { ...error.headers } };
  if (error instanceof SalesforceError) {
    const { status, errorCode, message, fields } = error;
    return {
      status,
      entries: [fields === undefined ? { message, errorCode } : { message, errorCode, fields }],
      headers: {},
    };
  }
  const id = `${randomInt(2 ** 31)}-${randomInt(99_999)} (${randomInt(2 ** 31)})`;
  const message = `An unexpected error occurred. Please include this ErrorId if you contact support: ${id}`;
  return { status: 500, entries: [{ message, errorCode: 'UNKNOWN_EXCEPTION' }], headers: {} };
}

function xml(entries: readonly ApiErrorEntry[]): string {
  const text = (value: string): string =>
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const errors = entries.map(
    ({ errorCode, message }) =>
      `<Error><errorCode>${text(errorCode)}</errorCode><message>${text(message)}</message></Error>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><Errors>${errors.join('')}</Errors>`;
}
