import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** Where the protections stand that are taken out one by one, by subject. */
export const PROTECTIONS_FOLDER = 'tools/checks/protections';

const edit = z.strictObject({
  in: z.string().min(1),
  /** Stands in the file exactly once. */
  old: z.string().min(1),
  new: z.string(),
});

const protection = z.strictObject({
  /** Number of the row in docs/security.md. */
  requirement: z.number().int(),
  /** The file in that row whose tests have to notice. */
  test: z.string().min(1),
  /** What jest runs, where that is another file: one that holds the tests of `test` against something. */
  run: z.string().min(1).optional(),
  /** What is taken out, in words. */
  without: z.string().min(1),
  edits: z.array(edit).min(1),
  /** Part of the failure that shows that the test has noticed, where that is no failed assertion. */
  says: z.string().min(1).optional(),
  /** Apps whose bundles the test looks at: they are built anew with the edit in them. */
  build: z.array(z.enum(['bff', 'worker', 'ops', 'simulator'])).default([]),
});

/** One protection, how it is taken out of a copy of the tree, and the test that then has to fail. */
export type Protection = z.infer<typeof protection>;

/** @throws ZodError when a file does not have the shape above */
export function readProtections(root = '.'): Protection[] {
  const folder = join(root, PROTECTIONS_FOLDER);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => z.array(protection).parse(parse(readFileSync(join(folder, name), 'utf8'))))
    .toSorted((a, b) => a.requirement - b.requirement);
}

/** @returns the text with the edit made; undefined when the old text does not stand there exactly once */
export function applyEdit(text: string, { old, new: replacement }: z.infer<typeof edit>): string | undefined {
  const [before, after, ...more] = text.split(old);
  return before === undefined || after === undefined || more.length > 0
    ? undefined
    : `${before}${replacement}${after}`;
}
