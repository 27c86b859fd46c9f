import type { z } from 'zod';

/** One environment variable: how its text is read, and what the documents say of it. */
export interface Variable<T> {
  readonly name: string;
  /** One or two sentences for `.env.example` and `docs/ENV.md`. */
  readonly meaning: string;
  /** Reads the text. Its problems are phrases that follow the variable's name: "needs a whole number". */
  readonly schema: z.ZodType<T, string>;
  /** Never printed, not even in a problem. */
  readonly secret: boolean;
  /** What an unset variable stands for. */
  readonly whenUnset:
    | { readonly kind: 'default'; readonly text: string }
    | { readonly kind: 'absent'; readonly shown: string }
    | { readonly kind: 'problem'; readonly shown: string; readonly advice: string };
}

interface About<T> {
  readonly name: string;
  readonly meaning: string;
  readonly schema: z.ZodType<T, string>;
  readonly secret?: boolean;
}

/** A variable with a default, written as its text would be. */
export function withDefault<T>(text: string, about: About<T>): Variable<T> {
  return { ...about, secret: about.secret ?? false, whenUnset: { kind: 'default', text } };
}

/** A variable that may stay unset. @param shown words for the documents in place of a default */
export function optional<T>(about: About<T>, shown = ''): Variable<T | undefined> {
  return { ...about, secret: about.secret ?? false, whenUnset: { kind: 'absent', shown } };
}

/** A variable without which the process cannot start. @param advice what to do about it, as a sentence */
export function required<T>(
  about: About<T>,
  { shown, advice }: { shown: string; advice: string },
): Variable<T> {
  return { ...about, secret: about.secret ?? false, whenUnset: { kind: 'problem', shown, advice } };
}

export type Variables = Readonly<Record<string, Variable<unknown>>>;

/** What a subsystem wants from the environment. An app composes the sections of the subsystems that it runs. */
export interface Section<V extends Variables = Variables> {
  readonly title: string;
  readonly variables: V;
  /** Rules between variables, judged once each of them could be read. @returns problems, one sentence each */
  check(values: SectionValues<V>): readonly string[];
}

export type SectionValues<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};

export function section<V extends Variables>(
  title: string,
  variables: V,
  check: (values: SectionValues<V>) => readonly string[] = () => [],
): Section<V> {
  return { title, variables, check };
}
