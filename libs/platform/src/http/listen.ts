import { UmbraError } from '@umbra/domain';
import { systemErrorCode } from '../error-like.ts';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Variable that set the port; undefined when nobody set it and the next free one will do. */
  readonly setBy: string | undefined;
}

/** An unset port moves at most this far. */
const ATTEMPTS = 50;

/**
 * Listens on the port that was set, or on the next free one when none was.
 * @returns the port
 * @throws UmbraError INPUT_PORT_TAKEN, INPUT_CONFIGURATION when the address is not one of this machine
 */
export async function listen(
  open: (port: number, host: string) => Promise<unknown>,
  { host, port, setBy }: ListenOptions,
): Promise<number> {
  for (let at = port; ; at++) {
    try {
      await open(at, host);
      return at;
    } catch (cause) {
      const code = systemErrorCode(cause);
      if (code === 'EADDRINUSE' && setBy === undefined && at - port < ATTEMPTS) continue;
      throw listenFailure(code, at, host, setBy);
    }
  }
}

function listenFailure(code: string, port: number, host: string, setBy: string | undefined): UmbraError {
  const where = `${host}:${port}`;
  const origin = setBy === undefined ? '' : ` (${setBy})`;
  if (code === 'EADDRINUSE')
    return new UmbraError('INPUT_PORT_TAKEN', `Port ${where}${origin} is taken by another process`);
  return new UmbraError('INPUT_CONFIGURATION', `Cannot listen on ${where}${origin}`, {
    problems: [`${where} cannot be listened on (${code})`],
  });
}
