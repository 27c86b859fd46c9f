import type { ChildProcess } from 'node:child_process';

const living = new Map<ChildProcess, NodeJS.Signals>();

process.on('exit', () => {
  for (const [child, signal] of living) child.kill(signal);
});

/** A child that gets this signal when we end before it, so that a run that breaks off leaves nothing behind. */
export function endedWithUs(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  living.set(child, signal);
  child.once('exit', () => living.delete(child));
}
