/** What the benchmarks use of it; the package brings no types. */
declare module 'autocannon' {
  interface Request {
    readonly path: string;
  }
  interface Options {
    readonly url: string;
    readonly connections: number;
    readonly duration: number;
    readonly overallRate?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly requests?: readonly { setupRequest(request: Request): Request }[];
  }
  interface Client {
    on(event: 'response', heard: (status: number, bytes: number, milliseconds: number) => void): void;
  }
  interface Result {
    readonly duration: number;
    readonly errors: number;
    readonly timeouts: number;
    readonly requests: { readonly total: number };
  }
  interface Running extends PromiseLike<Result> {
    on(
      event: 'response',
      heard: (client: Client, status: number, bytes: number, milliseconds: number) => void,
    ): void;
  }
  export default function autocannon(options: Options): Running;
}
