/** What a server tells of its answers, from its own metrics. */
export interface ServedSince {
  /** Upper bound of the bucket in which the 99th percentile lies, from the request's arrival in the process. Milliseconds. */
  readonly p99: number;
  /** The 99th percentile of how late the server's event loop was. Milliseconds. */
  readonly loopP99: number;
}

export interface Served {
  since(before: Served): ServedSince;
  /** Answers by upper bound in seconds, each including the smaller ones. */
  readonly buckets: ReadonlyMap<number, number>;
}

/** @param operator key that may read metrics; reading them begins a new measurement of the event loop */
export async function served(url: string, operator: string): Promise<Served> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${operator}` } });
  if (!answer.ok) throw new Error(`/metrics: ${answer.status}`);
  const text = await answer.text();
  const lines = text.matchAll(
    /^bff_answer_seconds_bucket\{(?=[^}]*outcome="answered")[^}]*le="([^"]+)"[^}]*\} (\d+)$/gm,
  );
  const buckets = new Map(
    [...lines].map(([, bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), Number(count)]),
  );
  const loop = Number(/^nodejs_eventloop_lag_p99_seconds\{[^}]*\} (\S+)$/m.exec(text)?.[1] ?? Number.NaN);
  return {
    buckets,
    since: (before) => {
      const all = [...buckets].map(([bound, count]) => ({
        bound,
        count: count - (before.buckets.get(bound) ?? 0),
      }));
      const total = all.at(-1)?.count ?? 0;
      const at = all.find(({ count }) => count >= total * 0.99);
      return { p99: (at?.bound ?? Number.NaN) * 1_000, loopP99: loop * 1_000 };
    },
  };
}
