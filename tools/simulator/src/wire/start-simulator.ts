import { startControl } from '../control/control-server.ts';
import { openOrg } from '../org/open-org.ts';
import type { Org, OrgOptions } from '../org/org.ts';
import { startWire, type Wire, type WireOptions } from './start-wire.ts';

/** `scale` defaults to demo, `seed` to 1; every port to any free one. */
export interface SimulatorOptions extends Partial<OrgOptions>, Omit<WireOptions, 'hostClock'> {
  /** Of the control API, which listens on loopback only. */
  readonly controlPort?: number;
}

export interface Simulator extends Wire {
  readonly controlUrl: string;
  readonly org: Org;
  /** Ends both servers and the org. Requests under way are cut. */
  close(): Promise<void>;
}

/** Opens an org and serves it: in tests within their own process, else as the simulator's main program. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const org = openOrg({ ...options, scale: options.scale ?? 'demo', seed: options.seed ?? 1 });
  const started: { close(): Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    for (const part of started.reverse()) await part.close();
    org.close();
  };
  try {
    const wire = await startWire(org, options);
    started.push(wire);
    const control = await startControl(org, { port: options.controlPort ?? 0 });
    started.push(control);
    return { ...wire, controlUrl: control.url, org, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
