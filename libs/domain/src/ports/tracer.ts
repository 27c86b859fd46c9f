/** What a step may be told about: states, counts and names from closed sets. Never an id of a record, never a value. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

/** Follows one piece of work through everything that it passes. */
export interface Tracer {
  /**
   * Runs a step of the work under way; steps that begin within it become its parts. How it ends is noted, with the code
   * of our own errors, and passed on unchanged.
   * @param name constant: `shadow.products`
   */
  span<T>(name: string, facts: SpanFacts, work: () => T): T;
}

/** Follows nothing, and costs nothing. */
export const noTracer: Tracer = { span: (_name, _facts, work) => work() };
