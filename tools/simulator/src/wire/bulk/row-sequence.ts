import { seededChance } from './seeded-chance.ts';

/** Chunks that a result without ORDER BY is dealt out in. */
const CHUNKS = 7;

/**
 * The ordinals of a Bulk result in their order. Without ORDER BY that order is nobody's promise: the rows are cut into
 * chunks, as a real org's PK chunking does, and the chunks are shuffled by the job's own seed. So a page may be fetched
 * twice and is the same, but no client gets by with the belief that rows come by Id.
 * @param matching in ORDER BY's order, or by Id
 */
export function rowSequence(
  matching: readonly number[],
  options: { isOrdered: boolean; seed: number },
): Uint32Array {
  if (options.isOrdered) return Uint32Array.from(matching);
  const size = Math.max(1, Math.ceil(matching.length / CHUNKS));
  const starts = Array.from({ length: Math.ceil(matching.length / size) }, (_, i) => i * size);
  for (let i = starts.length - 1; i > 0; i--) {
    const j = Math.floor(seededChance(options.seed, i) * (i + 1));
    [starts[i], starts[j]] = [starts[j] ?? 0, starts[i] ?? 0];
  }
  const dealt = new Uint32Array(matching.length);
  let at = 0;
  for (const start of starts) {
    const end = Math.min(matching.length, start + size);
    for (let i = start; i < end; i++) dealt[at++] = matching[i] ?? 0;
  }
  return dealt;
}
