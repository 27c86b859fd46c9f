import type { Clock, Log } from '@umbra/domain';
import type { AuthSettings } from '../env/auth-section.ts';
import { ApiKeyFile } from './api-key-file.ts';
import type { Callers } from './callers.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { TokenCallers } from './token-callers.ts';

export interface OpenedCallers {
  /** undefined for AUTH_MODE none: everybody may do everything. */
  readonly callers: Callers | undefined;
  close(): Promise<void>;
}

/**
 * Who may call, as the settings say.
 * @throws UmbraError INPUT_CONFIGURATION when the file of keys cannot be used
 */
export function openCallers(
  { mode, keysFile, jwksUrl, issuer, audience }: AuthSettings,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): OpenedCallers {
  const nothingOpen = (): Promise<void> => Promise.resolve();
  if (mode === 'none') return { callers: undefined, close: nothingOpen };
  if (mode === 'jwt' && jwksUrl !== undefined && issuer !== undefined && audience !== undefined) {
    const keys = new IssuerKeys({ url: jwksUrl, clock, log });
    return { callers: new TokenCallers({ keys, issuer, audience, clock }), close: () => keys.close() };
  }
  const callers = new ApiKeyFile(keysFile, clock);
  if (callers.size === 0) log.warn({}, 'no API key exists, so nobody can read');
  return { callers, close: nothingOpen };
}
