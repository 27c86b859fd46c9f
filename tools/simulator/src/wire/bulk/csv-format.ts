import { apiError } from '../http/api-error.ts';

/** How a job writes its CSV. */
export interface CsvFormat {
  readonly columnDelimiter: string;
  readonly lineEnding: string;
}

const delimiters: Readonly<Record<string, string>> = {
  BACKQUOTE: '`',
  CARET: '^',
  COMMA: ',',
  PIPE: '|',
  SEMICOLON: ';',
  TAB: '\t',
};

const lineEndings: Readonly<Record<string, string>> = { LF: '\n', CRLF: '\r\n' };

/** The names of a create request, defaults filled in. @throws ApiError 400 for an unknown name */
export function csvFormatFrom(body: Record<string, unknown>): CsvFormat {
  const choice = (key: string, known: Readonly<Record<string, string>>, fallback: string): string => {
    const name = body[key] ?? fallback;
    if (typeof name !== 'string' || !Object.hasOwn(known, name))
      throw apiError(
        400,
        'JSON_PARSER_ERROR',
        `Unknown value for ${key}: ${JSON.stringify(name)}. Known are ${Object.keys(known).join(', ')}`,
      );
    return name;
  };
  choice('contentType', { CSV: '' }, 'CSV');
  return {
    columnDelimiter: choice('columnDelimiter', delimiters, 'COMMA'),
    lineEnding: choice('lineEnding', lineEndings, 'LF'),
  };
}

export const delimiterOf = (format: CsvFormat): string => delimiters[format.columnDelimiter] ?? ',';

export const lineEndOf = (format: CsvFormat): string => lineEndings[format.lineEnding] ?? '\n';
