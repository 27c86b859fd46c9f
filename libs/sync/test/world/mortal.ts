import type { ChangeStream } from '@umbra/domain';

/** Ends a transaction of a process that is no more, as its broken connection would. */
class Killed extends Error {}

/** Nobody waits for it any more. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/**
 * The life of one worker in memory. Each call of a port is a step; at the last one the process is gone as after kill -9:
 * what it had asked for may have happened or not, nothing that it does afterwards has any effect, its transactions are
 * rolled back and its streams closed. What it held by lease stays held until the lease runs out.
 */
export class Life {
  #left = Infinity;
  #lastHappens = false;
  #dead = false;
  #suspended: PromiseWithResolvers<undefined> | undefined;
  readonly #streams = new Set<ChangeStream>();
  readonly #death = Promise.withResolvers<never>();

  constructor() {
    this.#death.promise.catch(() => undefined);
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** @param steps until the end @param lastHappens whether the last call still has its effect */
  endAfter(steps: number, lastHappens: boolean): void {
    this.#left = steps;
    this.#lastHappens = lastHappens;
  }

  /** Stands still as after SIGSTOP: what it was about to ask for it asks for when it goes on. */
  suspend(): void {
    this.#suspended = Promise.withResolvers();
  }

  resume(): void {
    this.#suspended?.resolve(undefined);
    this.#suspended = undefined;
  }

  /** The same object on borrowed time. */
  bound<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const call = value.bind(target) as (...args: unknown[]) => unknown;
        switch (name) {
          // Of a bus, with topic and start; a ledger opens holes.
          case 'open':
            return (...args: unknown[]) =>
              args.length === 2
                ? this.#opened(call(...args) as ChangeStream)
                : this.#step(() => call(...args));
          case 'callsMade':
            return call;
          case 'transaction':
            return (work: Work) => this.#step(() => call(this.#within(work)));
          case 'withLanes':
            return (lanes: unknown, work: Work) => this.#step(() => call(lanes, this.#within(work)));
          default:
            return (...args: unknown[]) => this.#step(() => call(...args));
        }
      },
    });
  }

  #opened(stream: ChangeStream): ChangeStream {
    if (this.#dead) stream.close();
    else this.#streams.add(stream);
    return stream;
  }

  async #step(call: () => unknown): Promise<unknown> {
    await this.#suspended?.promise;
    if (this.#dead) return never();
    if (this.#isLast()) {
      if (this.#lastHappens) Promise.resolve(call()).catch(() => undefined);
      return never();
    }
    try {
      const result = await call();
      return this.#dead ? await never() : result;
    } catch (error) {
      if (this.#dead) return never();
      throw error;
    }
  }

  #within(work: Work): Work {
    return async (tx) => {
      // What waits for an answer that the dead never get ends as well, or its locks would be held for ever.
      const result = await Promise.race([work(this.#mortalTx(tx)), this.#death.promise]);
      if (this.#dead) throw new Killed();
      return result;
    };
  }

  #mortalTx(tx: object): object {
    return new Proxy(tx, {
      get: (_, name) => {
        const value: unknown = Reflect.get(tx, name, tx);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (this.#dead || this.#isLast()) throw new Killed();
          return Reflect.apply(value, tx, args);
        };
      },
    });
  }

  #isLast(): boolean {
    this.#left--;
    if (this.#left > 0) return false;
    this.#dead = true;
    this.#death.reject(new Killed());
    for (const stream of this.#streams) stream.close();
    return true;
  }
}

type Work = (tx: object) => Promise<unknown>;
