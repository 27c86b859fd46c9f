import { printable } from '@umbra/platform';

/** Where a command's answer goes: standard output, as JSON when asked for, as text for people otherwise. */
export interface Output {
  /** @param value printed with `--json` @param text printed without */
  answer(value: unknown, text: () => string): void;
}

export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export function outputOf(streams: Streams, json: boolean): Output {
  return {
    answer: (value, text) =>
      void streams.stdout.write(`${json ? JSON.stringify(value, undefined, 2) : text()}\n`),
  };
}

/** Rows in columns, the head in the first line. Cells are texts from elsewhere, so they are made printable. */
export function table(head: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable));
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
