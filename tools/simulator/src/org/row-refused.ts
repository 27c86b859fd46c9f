import type { RowError } from './record.ts';

/** A row that Salesforce would not take; caught by the transaction and reported as that row's result. */
export class RowRefused extends Error {
  readonly errors: readonly RowError[];

  constructor(errors: readonly RowError[]) {
    super(errors.map((error) => `${error.statusCode}: ${error.message}`).join('; '));
    this.name = 'RowRefused';
    this.errors = errors;
  }
}

export function refuse(statusCode: string, message: string, fields: readonly string[] = []): never {
  throw new RowRefused([{ statusCode, message, fields }]);
}
