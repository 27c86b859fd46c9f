import { join } from 'node:path';
import { startControl } from '../control/control-server.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import { loadRoutes } from '../load/load-routes.ts';
import { openOrg } from '../org/open-org.ts';
import type { Org, OrgOptions } from '../org/org.ts';
import { EventBus } from '../pubsub/event-bus.ts';
import type { PubsubKnobs } from '../pubsub/pubsub-knobs.ts';
import { pubsubRoutes } from '../pubsub/pubsub-routes.ts';
import { servePubsub, type PubsubServer, type PubsubServerOptions } from '../pubsub/pubsub-server.ts';
import { startWire, type Wire, type WireOptions } from './start-wire.ts';

/** `scale` defaults to demo, `seed` to 1; every port to any free one. */
export interface SimulatorOptions extends Partial<OrgOptions>, WireOptions {
  /** Of the control API, which listens on loopback only. */
  readonly controlPort?: number;
  /** Of the Pub/Sub API. */
  readonly pubsubPort?: number;
  /** Without it the Pub/Sub API is served without TLS. */
  readonly pubsubTls?: PubsubServerOptions['tls'];
  readonly pubsubKnobs?: Partial<PubsubKnobs>;
}

export interface Simulator extends Wire {
  readonly controlUrl: string;
  /** `host:port` of the Pub/Sub API. */
  readonly pubsubEndpoint: string;
  readonly org: Org;
  readonly bus: EventBus;
  readonly pubsub: PubsubServer;
  readonly load: LoadGenerator;
  /** Ends all servers and the org. Requests under way are cut. */
  close(): Promise<void>;
}

/** Opens an org and serves it: in tests within their own process, else as the simulator's main program. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const org = openOrg({ ...options, scale: options.scale ?? 'demo', seed: options.seed ?? 1 });
  const bus = new EventBus(org, options.dataDir === undefined ? undefined : join(options.dataDir, 'events'));
  if (options.pubsubKnobs !== undefined) bus.set(options.pubsubKnobs);
  const load = new LoadGenerator(org);
  const started: { close(): Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    load.stop();
    for (const part of started.reverse()) await part.close();
    bus.close();
    org.close();
  };
  try {
    const wire = await startWire(org, options);
    started.push(wire);
    const pubsub = await servePubsub(org, bus, wire.findSession, {
      port: options.pubsubPort ?? 0,
      host: options.host,
      tls: options.pubsubTls,
    });
    started.push(pubsub);
    const control = await startControl(org, {
      port: options.controlPort ?? 0,
      extend: (server) => {
        pubsubRoutes(server, org, bus, pubsub);
        loadRoutes(server, load);
      },
    });
    started.push(control);
    const { url: controlUrl } = control;
    const { endpoint: pubsubEndpoint } = pubsub;
    return { ...wire, controlUrl, pubsubEndpoint, org, bus, pubsub, load, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
