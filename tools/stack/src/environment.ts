import { exitCode, StackFailure } from './failure.ts';

/** The person's own environment. The one place where the stack looks at it for decisions. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @returns the value, or undefined when the variable is not set
 * @throws StackFailure 78 when it is set to nothing, which the apps refuse as well
 */
export function given(environment: Environment, variable: string): string | undefined {
  const value = environment[variable];
  if (value?.trim() === '') {
    throw new StackFailure(
      `${variable} is set but empty. Unset it or give it a value.`,
      exitCode.configuration,
    );
  }
  return value;
}

/** Lines `KEY=value`, which the apps read below their own environment. Values are never quoted. */
export function envFileText(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => {
    if (/[\r\n]/.test(value)) throw new StackFailure(`${name} holds a line break.`, exitCode.configuration);
    return `${name}=${value}`;
  });
  return [
    '# Written by ./umbra up at each start. Variables of the process win over these.',
    ...lines,
    '',
  ].join('\n');
}
