/** More than so many are not kept waiting: whatever comes in one turn of a busy loop has no end. */
const MOST = 16;

/**
 * Writes answers that are at hand in handfuls. Written one by one between the requests that are read, each wakes the other
 * end of its connection, which has gone back to sleep by the next: that cost twice what the writing itself does. The first
 * of a turn of the event loop is written at once, so a process with little to do keeps nobody waiting; the others are
 * written sixteen together, and at the latest when the turn is over.
 */
export class TurnWrites {
  /** Undefined while nothing has been written in this turn. */
  #waiting: (() => void)[] | undefined;

  write(answer: () => void): void {
    if (this.#waiting === undefined) {
      this.#waiting = [];
      setImmediate(() => this.#endTurn());
      answer();
      return;
    }
    this.#waiting.push(answer);
    if (this.#waiting.length >= MOST) this.#writeAll(this.#waiting.splice(0));
  }

  #endTurn(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#writeAll(waiting);
  }

  #writeAll(answers: readonly (() => void)[]): void {
    for (const answer of answers) answer();
  }
}
