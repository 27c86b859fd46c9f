/** A refusal of the token endpoint: `{"error","error_description"}`, HTTP 400 unless noted. */
export class GrantError extends Error {
  readonly status: number;
  readonly error: string;

  constructor(error: string, description: string, status = 400) {
    super(description);
    this.name = 'GrantError';
    this.error = error;
    this.status = status;
  }
}

export const invalidGrant = (description: string): GrantError => new GrantError('invalid_grant', description);
