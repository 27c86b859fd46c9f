/** A leaf value exactly as the REST API answers it in JSON: ids have 18 characters, date `2024-01-15`, datetime
 * `2024-01-15T10:30:00.000+0000` (always UTC, so string order is time order), time `10:30:00.000Z`, multipicklist
 * joined by `;`. The empty string never occurs: Salesforce stores it as null. */
export type SfValue = string | number | boolean | null;

/** A record by field API name. Leaves only: a compound (BillingAddress) is taken apart into its components. */
export type SfRecord = Record<string, SfValue>;

/** One problem of one row, as Salesforce reports it in the result of a write. */
export interface RowError {
  readonly statusCode: string;
  readonly message: string;
  readonly fields: readonly string[];
}

/** A problem of a whole request or of a read; the wire answers it as `[{message, errorCode}]` with this HTTP status. */
export class SalesforceError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly fields: readonly string[] | undefined;

  constructor(status: number, errorCode: string, message: string, fields?: readonly string[]) {
    super(message);
    this.name = 'SalesforceError';
    this.status = status;
    this.errorCode = errorCode;
    this.fields = fields;
  }
}
