/**
 * Repeatable chance: a 32-bit hash of (seed, what it is for, ordinal). No state, so that any record can be computed
 * alone, in any order, and always the same.
 */

/** Turns a seed and a purpose (`Account.Name`) into the salt of one column. */
export function saltOf(seed: number, purpose: string): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let i = 0; i < purpose.length; i++) {
    hash ^= purpose.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return finish(hash);
}

/** Uniform in 0 .. 2^32 - 1. */
export function mix(salt: number, ordinal: number): number {
  return finish(Math.imul(ordinal, 0x9e3779b1) ^ salt);
}

function finish(value: number): number {
  let hash = value;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}

/** A stream of uniform numbers in [0, 1) for things that happen in sequence (faults, commit number steps). */
export function randomStream(seed: number, purpose: string): () => number {
  const salt = saltOf(seed, purpose);
  let step = 0;
  return () => mix(salt, ++step) / 0x1_0000_0000;
}
