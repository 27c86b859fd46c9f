import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * A value that must not appear in any output. Whatever prints it by accident (template text, JSON, a logger, the
 * debugger's inspect, an error's details) prints `[redacted]`; only `reveal()` gives the text.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
