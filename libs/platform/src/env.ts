import { UmbraError } from '@umbra/domain';
import { readEnvFile } from './env/env-file.ts';
import type { Section, SectionValues, Variable } from './env/variable.ts';

/**
 * The environment, read once and here only. What is set in the process wins over `.umbra/env`, where `./umbra up`
 * leaves the addresses of the services that it started. A present value that cannot be read is a problem, never the
 * default: a typo must not quietly change what the product does. All problems are reported at once.
 */

type Sections = Readonly<Record<string, Section>>;

/** Nested and frozen: one object per section, one property per variable. */
export type Env<S extends Sections> = {
  readonly [K in keyof S]: S[K] extends Section<infer V> ? SectionValues<V> : never;
};

export interface EnvSource {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly problems: readonly string[];
}

export interface LoadedEnv<S extends Sections> {
  readonly env: Env<S>;
  /** Names that were set, as opposed to defaulted. */
  readonly given: ReadonlySet<string>;
}

/** File that lies below the process's own environment, relative to the working directory. */
export const ENV_FILE = '.umbra/env';

/** `process.env` over the file. */
export function processEnvironment(file: string = ENV_FILE): EnvSource {
  const below = readEnvFile(file);
  return { values: { ...below.values, ...process.env }, problems: below.problems };
}

/**
 * Reads the sections that an app is made of.
 * @param checks rules between sections, judged when every variable could be read; each returns problems
 * @throws UmbraError INPUT_CONFIGURATION with every problem
 */
export function loadEnv<const S extends Sections>(
  sections: S,
  source: EnvSource = processEnvironment(),
  checks: readonly ((env: Env<S>) => readonly string[])[] = [],
): LoadedEnv<S> {
  const problems = [...source.problems];
  const given = new Set<string>();
  const env: Record<string, unknown> = {};
  for (const [key, section] of Object.entries(sections)) {
    const before = problems.length;
    const values: Record<string, unknown> = {};
    for (const [property, variable] of Object.entries(section.variables)) {
      const text = source.values[variable.name];
      if (text !== undefined) given.add(variable.name);
      values[property] = readVariable(variable, text, problems);
    }
    if (problems.length === before) problems.push(...section.check(values));
    env[key] = Object.freeze(values);
  }
  const result = Object.freeze(env) as Env<S>;
  if (problems.length === 0) problems.push(...checks.flatMap((check) => check(result)));
  if (problems.length > 0)
    throw new UmbraError('INPUT_CONFIGURATION', 'The configuration cannot be used', { problems });
  return { env: result, given };
}

/** The value, or undefined after adding to the problems. A problem shows the text unless it is a secret. */
function readVariable(variable: Variable<unknown>, text: string | undefined, problems: string[]): unknown {
  const { whenUnset } = variable;
  if (text === undefined && whenUnset.kind === 'problem') {
    problems.push(`${variable.name} is not set. ${whenUnset.advice}`);
    return undefined;
  }
  if (text === undefined && whenUnset.kind === 'absent') return undefined;
  const read = variable.schema.safeParse(text ?? (whenUnset.kind === 'default' ? whenUnset.text : ''));
  if (read.success) return read.data;
  const shown =
    variable.secret || text === undefined || text === '' ? '' : ` (it is ${JSON.stringify(text)})`;
  for (const phrase of new Set(read.error.issues.map((issue) => issue.message)))
    problems.push(`${variable.name} ${phrase}${shown}`);
  return undefined;
}
