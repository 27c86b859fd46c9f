import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { UmbraError, type Clock, type Log, type Meter } from '@umbra/domain';
import { AdmissionLimit, type AdmissionLimitOptions } from './admission-limit.ts';
import { PROBLEM_TYPE } from './problem-filter.ts';
import { problemOf } from './problem.ts';
import { answerHeaders } from './response-headers.ts';
import { TurnWrites } from './turn-writes.ts';

/** Only reads are refused: health and metrics must answer above all when there is too much to do. */
export const READS = '/api/';
const RETRY_AFTER_SECONDS = '1';
/** The log tells of refusals so often at most: a line for each would cost more than the refusal. Milliseconds. */
const TELL_EVERY_MS = 1_000;

export interface AdmissionOptions extends AdmissionLimitOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  readonly meter: Meter;
}

/** Made once: of all answers this one must be cheap. The request's id stands between the two parts. */
const [before = '', after = ''] = JSON.stringify(
  problemOf(
    new UmbraError('READ_OVERLOADED', 'This process has more to do than it can answer in time'),
    '\n',
  ),
).split('\\n');
const headers: readonly string[] = [
  ...Object.entries(answerHeaders).flat(),
  ...['content-type', PROBLEM_TYPE],
  ...['cache-control', 'no-store'],
  ...['retry-after', RETRY_AFTER_SECONDS],
];

/**
 * Refuses at the door what the process could not answer in time: a client that is refused within milliseconds can go
 * elsewhere or come back, one in a queue makes everybody late. It stands before the framework, so that a refusal costs
 * what Node takes to read a request and to write an answer. The number of open sockets bounds what waits before it.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #limit: AdmissionLimit;
  readonly #writes = new TurnWrites();
  readonly #ended = (): void => {
    this.#underWay -= 1;
    this.#limit.ended();
  };
  #underWay = 0;
  #untold = 0;
  #toldAt = -Infinity;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#limit = new AdmissionLimit(options);
  }

  /**
   * @param atHand whether the answer is held, or on its way to somebody else: one more reader costs nothing then
   * @returns false when the request has been refused
   */
  admits({ url = '' }: Pick<IncomingMessage, 'url'>, response: ServerResponse, atHand: boolean): boolean {
    if (atHand || !url.startsWith(READS)) return true;
    if (this.#underWay >= this.#limit.now) {
      this.#limit.refused();
      this.#writes.write(() => this.#refuse(response));
      return false;
    }
    this.#underWay += 1;
    // Also when the client goes away.
    response.once('close', this.#ended);
    return true;
  }

  #refuse(response: ServerResponse): void {
    const id = randomUUID();
    const body = `${before}${id}${after}`;
    response.writeHead(503, [...headers, 'x-request-id', id, 'content-length', String(body.length)]);
    // As text of one byte per character it goes out with its head in one piece.
    response.end(body, 'latin1');
    this.#options.meter.count('bff_refusals_total', {});
    this.#tell();
  }

  #tell(): void {
    this.#untold += 1;
    const now = this.#options.clock.monotonic();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#options.log.warn(
      { count: this.#untold, statusCode: 503, code: 'READ_OVERLOADED' },
      'requests refused at the door',
    );
    this.#untold = 0;
    this.#toldAt = now;
  }
}
