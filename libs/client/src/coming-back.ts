type Send = (request: Request) => Promise<Response>;

/** "Too many requests" and "not available now". */
const refusals: readonly number[] = [429, 503];

export interface Patience {
  readonly retries: number;
  readonly longestWaitMs: number;
}

/**
 * Sends a refused request again after the time that the refusal names. Every route may be asked twice: reads change
 * nothing, and a quote is kept by nobody. A little is added by chance, so that clients that were refused together do
 * not come back together.
 */
export function comingBack(send: Send, { retries, longestWaitMs }: Patience): Send {
  return async (request) => {
    for (let again = retries; ; again -= 1) {
      const answer = await send(request.clone());
      const waitMs = waitOf(answer);
      if (waitMs === undefined || waitMs > longestWaitMs || again <= 0) return answer;
      await answer.body?.cancel();
      await pause(waitMs * (1 + Math.random() / 10), request.signal);
    }
  };
}

/** undefined: it is no refusal, or one that names no time. */
function waitOf({ headers, status }: Response): number | undefined {
  const seconds = headers.get('retry-after');
  if (!refusals.includes(status) || seconds === null || !/^\d+$/.test(seconds)) return undefined;
  return Number(seconds) * 1_000;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
}
