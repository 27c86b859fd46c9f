/** Injection token of the read path, `Reads` of @umbra/reads. */
export const READS = Symbol('Reads');
