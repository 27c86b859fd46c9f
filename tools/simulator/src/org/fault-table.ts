export interface FaultMatch {
  /** Route name as in CallStart. */
  readonly route?: string | undefined;
  readonly method?: string | undefined;
  /** Regular expression on the path with its query. */
  readonly path?: string | undefined;
}

export interface FaultAction {
  readonly latencyMs?: number | undefined;
  readonly status?: number | undefined;
  /** Sent as it is; an array or object as JSON. */
  readonly body?: unknown;
  /** An HTML error page in place of JSON (status default 503). */
  readonly htmlBody?: boolean | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Cut the connection after so many bytes of the real body (0: before the head). */
  readonly cutAfterBytes?: number | undefined;
  /** End the body cleanly after so many bytes. */
  readonly limitDataBytes?: number | undefined;
  /** The request is carried out, its answer is lost. */
  readonly dropAnswer?: boolean | undefined;
}

export interface FaultRule extends FaultAction {
  readonly match?: FaultMatch | undefined;
  /** Only the nth matching call, from 1 (or several). */
  readonly nth?: number | readonly number[] | undefined;
  /** Every nth matching call. */
  readonly every?: number | undefined;
  /** Share 0..1 of matching calls, by seeded chance. */
  readonly probability?: number | undefined;
  /** Stop after so many hits. */
  readonly times?: number | undefined;
}

export interface FaultEntry extends FaultRule {
  readonly id: string;
  readonly seen: number;
  readonly hits: number;
}

/** Switches that the wire asks before it serves a request. The first rule that hits decides. */
export interface FaultTable {
  add(rule: FaultRule): string;
  remove(id: string): boolean;
  clear(): void;
  list(): FaultEntry[];
  consult(call: { route: string; method: string; path: string }): FaultAction | undefined;
}
