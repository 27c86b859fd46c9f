import { loopback } from './ports.ts';

/** Where to knock when a process listens on this host: a wildcard address cannot be connected to. */
export function knockableUrl(host: string | undefined, port: number): string {
  const address = host === undefined || host === '0.0.0.0' ? loopback : host === '::' ? '::1' : host;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** @throws with status and answer unless the address answers 200 */
export async function knock(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000), redirect: 'error' });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${url} answers ${response.status} ${body.slice(0, 300)}`);
}
