import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { DelayLine } from './delay-line.ts';

/** What the proxy does to every connection, open or new, until told otherwise. */
export type Fault =
  | { readonly kind: 'pass' }
  /**
   * A slow line, both ways: each piece of data arrives `ms` later, give or take `jitterMs`, never out of order, and no
   * more than `bytesPerSecond` of it.
   */
  | {
      readonly kind: 'latency';
      readonly ms: number;
      readonly jitterMs?: number;
      readonly bytesPerSecond?: number;
    }
  /** Connections are cut, new ones at once. */
  | { readonly kind: 'down' }
  /** Connections stay open and new ones are accepted, but nothing comes through. */
  | { readonly kind: 'black-hole' }
  /** A connection is cut after this many bytes of answers. */
  | { readonly kind: 'limit'; readonly bytes: number }
  /** Requests are delivered; the connection is cut instead of the first piece of an answer. */
  | { readonly kind: 'lose-answers' }
  /** Data arrives in pieces of at most so many bytes. */
  | { readonly kind: 'slice'; readonly bytes: number };

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A TCP proxy on loopback between the code under test and a real server. */
export class FaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lines = new Set<DelayLine>();
  #target: Address;
  #fault: Fault = { kind: 'pass' };
  #swallowed = 0;

  private constructor(target: Address) {
    this.#target = target;
    this.#server = createServer((client) => this.#serve(client));
  }

  static async start(target: Address): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Bytes that the black hole has taken so far. */
  get swallowed(): number {
    return this.#swallowed;
  }

  /** Connections of clients that are open now. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** The same URL with the proxy's host and port. */
  through(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.port);
    return changed.href;
  }

  set(fault: Fault): void {
    this.#fault = fault;
    if (fault.kind === 'down') this.reset();
  }

  /** New connections go to another server, as behind an address that fails over. Open ones stay where they are. */
  retarget(target: Address): void {
    this.#target = target;
  }

  /** Cuts all open connections once (RST where the system allows). */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const line of this.#lines) line.close();
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(client: Socket): void {
    this.#track(client);
    if (this.#fault.kind === 'down') {
      client.resetAndDestroy();
      return;
    }
    const { host, port } = this.#target;
    const upstream = this.#track(connect(port, host));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    const [up, down] = [this.#line(upstream), this.#line(client)];
    let answered = 0;
    client.on('data', (data) => this.#forward(data, upstream, up));
    upstream.on('data', (data) => {
      answered += data.length;
      const cut = this.#fault.kind === 'limit' && answered > this.#fault.bytes;
      if (cut || this.#fault.kind === 'lose-answers') client.resetAndDestroy();
      else this.#forward(data, client, down);
    });
  }

  #line(to: Socket): DelayLine {
    const line = new DelayLine((data) => {
      if (!to.destroyed) to.write(data);
    });
    this.#lines.add(line);
    to.on('close', () => {
      line.close();
      this.#lines.delete(line);
    });
    return line;
  }

  #forward(data: Buffer, to: Socket, line: DelayLine): void {
    const fault = this.#fault;
    switch (fault.kind) {
      case 'black-hole':
        this.#swallowed += data.length;
        return;
      case 'latency':
        line.send(data, fault);
        return;
      case 'slice':
        for (let from = 0; from < data.length; from += fault.bytes)
          line.send(data.subarray(from, from + fault.bytes), { ms: 0 });
        return;
      case 'pass':
      case 'down':
      case 'limit':
      case 'lose-answers':
        // What is still under way on a slow line must not be overtaken.
        if (line.busy) line.send(data, { ms: 0 });
        else if (!to.destroyed) to.write(data);
    }
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
