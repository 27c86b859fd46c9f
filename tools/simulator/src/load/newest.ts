/**
 * The newest so many things, handed out oldest first. A load asks some hundred times a second: neither end may cost what
 * an array of ten thousand costs to copy or to move.
 */
export class Newest<T> {
  readonly #limit: number;
  #things: T[] = [];
  #first = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(thing: T): void {
    this.#things.push(thing);
    if (this.#things.length - this.#first > this.#limit) this.shift();
  }

  shift(): T | undefined {
    const thing = this.#things[this.#first];
    if (thing === undefined) return undefined;
    this.#first++;
    if (this.#first < this.#limit) return thing;
    this.#things = this.#things.slice(this.#first);
    this.#first = 0;
    return thing;
  }
}
