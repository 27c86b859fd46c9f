import type { Clock, ObjectDescribe, RecordSource } from '@umbra/domain';

/** The steps of a night that follow each other closely read the same fields; later ones ask again. Milliseconds. */
const KEPT_MS = 5 * 60_000;

/**
 * The same source, with one describe for several steps: a night asks for the fields of an object half a dozen times, which in
 * an org where nothing happens were most of its calls.
 */
export function describedOnce(records: RecordSource, clock: Pick<Clock, 'monotonic'>): RecordSource {
  const known = new Map<string, { readonly at: number; readonly described: ObjectDescribe }>();
  return {
    async describe(object) {
      const held = known.get(object);
      if (held !== undefined && clock.monotonic() - held.at < KEPT_MS) return held.described;
      const at = clock.monotonic();
      const described = await records.describe(object);
      known.set(object, { at, described });
      return described;
    },
    select: (request, requestClass, options) => records.select(request, requestClass, options),
    count: (object, where, requestClass) => records.count(object, where, requestClass),
    digest: (object, where, requestClass) => records.digest(object, where, requestClass),
    org: () => records.org(),
    identity: () => records.identity(),
    callsMade: () => records.callsMade(),
  };
}
