import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates, TLSSocket, type TLSSocketOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newAuthority, type Authority } from './certificates.ts';

export interface TlsClient {
  readonly name: string;
  /** What both sides say in clear before TLS begins, from the server's side. */
  readonly greet?: (socket: Socket) => Promise<void>;
  /** Connects to `localhost:port` and tries to be served; settles once it knows that it is not. */
  readonly connect: (port: number) => Promise<unknown>;
}

/** A server at the other end of TLS that keeps what it was told and hangs up. */
class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #heard = '';

  constructor(options: TLSSocketOptions, greet: TlsClient['greet']) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      void (greet?.(socket) ?? Promise.resolve()).then(() => {
        const secure = new TLSSocket(socket, {
          isServer: true,
          ALPNProtocols: ['h2', 'http/1.1'],
          ...options,
        });
        secure.on('error', () => socket.destroy());
        secure.on('data', (chunk: Buffer) => {
          this.#heard += chunk.toString('latin1');
          secure.destroy();
        });
      });
    });
  }

  /** Everything that came through TLS. */
  get heard(): string {
    return this.#heard;
  }

  async listen(): Promise<number> {
    await new Promise<void>((settle) => void this.#server.listen(0, 'localhost', settle));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/**
 * What every client of ours promises over TLS: it says nothing, neither password nor token nor question, to a server
 * that cannot prove that it is the one that was asked for.
 */
export function tlsContract({ name, greet, connect }: TlsClient): void {
  describe(`sec-27: ${name} over TLS`, () => {
    const before = getCACertificates('default');
    let trusted: Authority;
    let stranger: Authority;
    beforeAll(async () => {
      [trusted, stranger] = await Promise.all([newAuthority('trusted'), newAuthority('stranger')]);
      setDefaultCACertificates([...before, trusted.cert]);
    });
    afterAll(() => setDefaultCACertificates(before));

    /** What a server with this certificate hears of the client. */
    const heardBy = async (options: TLSSocketOptions): Promise<{ heard: string; refused: boolean }> => {
      const listener = new Listener(options, greet);
      const port = await listener.listen();
      const refused = await connect(port).then(
        () => false,
        () => true,
      );
      listener.close();
      return { heard: listener.heard, refused };
    };

    it('speaks to a server that proves its name', async () => {
      const { heard } = await heardBy(await trusted.issue('localhost'));
      expect(heard.length).toBeGreaterThan(0);
    });

    const cases: readonly (readonly [string, () => Promise<TLSSocketOptions>])[] = [
      ['a certificate of an unknown authority', () => stranger.issue('localhost')],
      ['an expired certificate', () => trusted.issue('localhost', true)],
      ['a certificate for another host', () => trusted.issue('db.example.com')],
      [
        'TLS 1.1',
        async () => ({
          ...(await trusted.issue('localhost')),
          // eslint-disable-next-line no-restricted-syntax -- the server that our clients must refuse
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1.1',
          ciphers: 'DEFAULT@SECLEVEL=0',
        }),
      ],
    ];
    it.each(cases)('says nothing to a server with %s', async (_what, options) => {
      expect(await heardBy(await options())).toEqual({ heard: '', refused: true });
    });
  });
}
