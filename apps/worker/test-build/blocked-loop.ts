import { UmbraError } from '@umbra/domain';

/**
 * On SIGUSR2 nothing else happens in this process for so many seconds, as in a long computation.
 * @param text whole seconds @throws UmbraError INPUT_CONFIGURATION
 */
export function blockOnSignal(text: string): void {
  if (!/^[1-9]\d{0,2}$/.test(text))
    throw new UmbraError('INPUT_CONFIGURATION', 'Unknown length of a block', {
      problems: ['UMBRA_BLOCK_SECONDS needs whole seconds'],
    });
  process.on('SIGUSR2', () => {
    process.stderr.write('event loop blocked on request\n');
    const end = performance.now() + Number(text) * 1_000;
    while (performance.now() < end);
  });
}
