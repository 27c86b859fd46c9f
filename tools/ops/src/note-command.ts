import { createLogger, loadEnv, logSection, securityEvent, type EnvSource } from '@umbra/platform';
import type { Command } from 'commander';
import type { Streams } from './output.ts';

/**
 * Leaves a security event on standard error before a command that changes something begins: its words and the names of
 * its options, never their values. A command changes something when it can be asked what it would change.
 */
export function noteCommand(command: Command, source: EnvSource, { stderr }: Streams): void {
  const name = pathOf(command);
  const words = command.args;
  const forwarded = name === 'backfill';
  const changes = forwarded || command.options.some(({ long }) => long === '--dry-run');
  const dryRun = forwarded
    ? words.some((word) => /^(--dry-run|--help|-h)$/.test(word))
    : command.opts()['dryRun'] === true;
  if (!changes || dryRun) return;
  const { env } = loadEnv({ log: logSection }, source);
  const { log } = createLogger({ service: 'ops', level: env.log.level, sink: stderr });
  const options = forwarded
    ? words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=', 1)[0] ?? '')
    : command.options
        .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
        .map(({ long }) => (long ?? '').slice(2));
  securityEvent(log, 'operator-command', { command: name, options });
}

/** `cache clear`: the words that lead to it. */
function pathOf(command: Command): string {
  const words: string[] = [];
  for (let at: Command | null = command; at?.parent != null; at = at.parent) words.unshift(at.name());
  return words.join(' ');
}
