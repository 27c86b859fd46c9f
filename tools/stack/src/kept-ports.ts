import { join } from 'node:path';
import { choosePort, isPortFree } from './ports.ts';
import { readJsonFile, writePrivateFile } from './private-file.ts';

/** Where each part listens when nobody asks for another port. */
const defaults = {
  postgres: 5432,
  redis: 6379,
  simulator: 4100,
  'simulator-control': 4101,
  'simulator-pubsub': 4102,
  bff: 3000,
  worker: 3001,
} as const;

export type PortName = keyof typeof defaults;

/** Keeps a part on its port over restarts, so that bookmarks and open clients stay right. */
export class KeptPorts {
  readonly #file: string;
  readonly #kept: Partial<Record<PortName, number>>;
  readonly #chosen = new Map<PortName, number>();

  constructor(dataFolder: string) {
    this.#file = join(dataFolder, 'ports.json');
    this.#kept = (readJsonFile(this.#file) as Partial<Record<PortName, number>> | undefined) ?? {};
  }

  /**
   * @param asked the variable and its value, when the port can be set from outside
   * @throws StackFailure 69 when a port that was asked for is taken
   */
  async choose(
    name: PortName,
    asked?: { readonly variable: string; readonly set: string | undefined },
  ): Promise<number> {
    const kept = this.#kept[name];
    const port = await choosePort({
      variable: asked?.variable ?? name,
      set: asked?.set,
      preferred: kept !== undefined && (await isPortFree(kept)) ? kept : defaults[name],
      avoid: new Set([...this.#chosen].filter(([other]) => other !== name).map(([, port]) => port)),
    });
    this.note(name, port);
    return port;
  }

  /** A part that already runs holds its port. */
  note(name: PortName, port: number): void {
    this.#chosen.set(name, port);
    this.#kept[name] = port;
    writePrivateFile(this.#file, JSON.stringify(this.#kept));
  }
}
