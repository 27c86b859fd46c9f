import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { UmbraError, type Clock, type Log } from '@umbra/domain';
import { securityEvent } from '../security/security-event.ts';
import { OnceAMinute } from '../security/once-a-minute.ts';
import { asUmbraError, problemOf, retryAfterSeconds, type Problem } from './problem.ts';

interface Request {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly ip: string;
  readonly routeOptions: { readonly url?: string };
  /** Label of the caller, once the guard knows it. */
  readonly caller?: string;
}

export interface ProblemReply {
  readonly sent: boolean;
  status(code: number): ProblemReply;
  header(name: string, value: string): ProblemReply;
  send(body: unknown): unknown;
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export interface ProblemFilterOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Methods that the path takes, if it is one of ours. */
  readonly methodsOf: (path: string) => readonly string[];
}

/** Every error becomes a problem document; what is our fault is logged under the id that the document carries. */
export class ProblemFilter implements ExceptionFilter {
  readonly #options: ProblemFilterOptions;
  readonly #limited: OnceAMinute;

  constructor(options: ProblemFilterOptions) {
    this.#options = options;
    this.#limited = new OnceAMinute(options.clock);
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const reply = http.getResponse<ProblemReply>();
    if (reply.sent) return;
    let error = asUmbraError(thrown);
    const allowed = error.code === 'INPUT_ROUTE_UNKNOWN' ? this.#options.methodsOf(pathOf(request.url)) : [];
    if (allowed.length > 0 && !allowed.includes(request.method)) {
      error = new UmbraError(
        'INPUT_METHOD_NOT_ALLOWED',
        `${pathOf(request.url)} takes ${allowed.join(', ')}`,
      );
      reply.header('allow', allowed.join(', '));
    }
    const problem = problemOf(error, request.id);
    const retryAfter = retryAfterSeconds(error, problem.status, this.#options.clock.now());
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    this.#note(error, problem, request);
    sendProblem(reply, problem);
  }

  /** A defect is for people; that a source is away is known from elsewhere, and every reader meets it. */
  #note(error: UmbraError, { status }: Problem, request: Request): void {
    const { log } = this.#options;
    const { id: reqId, ip: clientAddress, caller: label } = request;
    if (status === 429 && this.#limited.due(label ?? clientAddress))
      securityEvent(log, 'caller-limited', {
        reqId,
        route: request.routeOptions.url ?? 'unmatched',
        clientAddress,
        ...(label === undefined ? {} : { label }),
      });
    if (status === 500) log.error({ reqId, statusCode: status, err: error }, 'request failed');
    else if (status > 500) log.warn({ reqId, statusCode: status, code: error.code }, 'request not answered');
  }
}

/** Writes the document. Nobody may keep it: the next answer can be another. */
export function sendProblem(reply: ProblemReply, problem: Problem): void {
  reply
    .status(problem.status)
    .header('content-type', PROBLEM_TYPE)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem));
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
