/**
 * Lets other requests be served while a long scan runs. A statement over a million rows would else hold the event
 * loop for seconds, and every client would see the simulator as down.
 */
export class Breather {
  private readonly sliceMs: number;
  private until: number;

  /** @param sliceMs how long work may go on before others get a turn */
  constructor(sliceMs = 10) {
    this.sliceMs = sliceMs;
    this.until = performance.now() + sliceMs;
  }

  /** True when a turn is due: then await `breathe`. Cheap enough to ask every few hundred rows. */
  get isDue(): boolean {
    return performance.now() >= this.until;
  }

  async breathe(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.until = performance.now() + this.sliceMs;
  }
}
