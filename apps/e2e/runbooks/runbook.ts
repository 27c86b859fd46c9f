import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';

/** A command of a runbook, with what its answer has to hold. */
export interface Step {
  readonly command: string;
  /** It is asked again until it answers so. */
  readonly eventually: boolean;
  /** What happens outside before it, by name: in Salesforce, or with time. */
  readonly after: string | undefined;
  /** Lines of the answer; `…` stands for anything. */
  readonly expected: readonly string[];
}

/** The commands of a page, in order. */
export function readRunbook(page: string): readonly Step[] {
  const text = readFileSync(`docs/runbooks/${page}.md`, 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm)];
  const steps: Step[] = [];
  for (const [, language = '', flags = '', body = ''] of blocks) {
    if (language === 'text') {
      const last = steps.pop();
      assert.ok(last !== undefined && last.expected.length === 0, `${page}: an answer without its command`);
      steps.push({ ...last, expected: body.trim().split('\n') });
      continue;
    }
    assert.equal(language, 'sh', `${page}: a block of ${language}`);
    for (const command of body.trim().split('\n'))
      steps.push({
        command,
        eventually: /\beventually\b/.test(flags),
        after: /\bafter=([\w-]+)/.exec(flags)?.[1],
        expected: [],
      });
  }
  assert.ok(steps.length > 1, `${page} has no commands`);
  return steps;
}

/** The words of a command, with `$NAME` filled in. @throws AssertionError for a name that nobody gave */
export function wordsOf(command: string, values: Readonly<Record<string, string>>): readonly string[] {
  return command.split(' ').map((word) =>
    word.replaceAll(/\$([A-Z]+)/g, (_, name: string) => {
      const value = values[name];
      assert.ok(value !== undefined, `${command}: what is $${name}?`);
      return value;
    }),
  );
}

export function assertAnswer(step: Step, answer: string): void {
  const plain = answer.replaceAll(/\s+/g, ' ');
  for (const line of step.expected) {
    const pattern = line
      .trim()
      .split(/\s*…\s*/)
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/\s+/g, ' '))
      .join('.*?');
    assert.ok(new RegExp(pattern).test(plain), `${step.command} does not answer ${line}, but ${answer}`);
  }
}
