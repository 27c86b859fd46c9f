/** Lines wait for their fellows no longer than this, in milliseconds. */
const LONGEST_WAIT_MS = 20;
/** Characters that are written at once; a pipe takes 64 KB. */
const FULL = 32_768;

interface Sink {
  write(text: string): unknown;
}

/**
 * Writes lines in batches: a system call for each line would cost a busy server more than making it. A process that
 * ends by itself writes what is left; one that is killed loses the last 20 ms.
 */
export class LineBuffer implements Sink {
  readonly #sink: Sink;
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;
  readonly #flush = (): void => this.flush();

  constructor(sink: Sink) {
    this.#sink = sink;
    process.on('exit', this.#flush);
  }

  write(line: string): void {
    this.#waiting += line;
    if (this.#waiting.length >= FULL) this.flush();
    else this.#timer ??= setTimeout(this.#flush, LONGEST_WAIT_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting === '') return;
    const text = this.#waiting;
    this.#waiting = '';
    this.#sink.write(text);
  }
}
