import { UmbraError } from '@umbra/domain';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './problem-filter.ts';
import { problemOf } from './problem.ts';
import { answerHeaders } from './response-headers.ts';

/**
 * Reads that may be under way at once. Each waits for the others, so the longest wait is this number divided by the
 * rate at which the process answers: a quarter of a second at a thousand per second, the rate of reads from the
 * database. Answers from memory are over before the next request is looked at, and do not count.
 */
const MOST_UNDER_WAY = 256;

/** Only reads are refused: health and metrics must answer above all when there is too much to do. */
const PREFIX = '/api/';
const RETRY_AFTER_SECONDS = '1';

/** Made once: of all answers this one must be cheap. */
const overloaded = new UmbraError(
  'READ_OVERLOADED',
  'This process has more to do than it can answer in time',
);

/**
 * Refuses at the door what the process could not answer in time: a client that is refused within milliseconds can go
 * elsewhere or come back, one in a queue makes everybody late. The number of open sockets bounds what waits before it.
 */
export function admitOnly(server: FastifyInstance, mostUnderWay = MOST_UNDER_WAY): void {
  let underWay = 0;
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.url.startsWith(PREFIX)) {
      done();
      return;
    }
    if (underWay >= mostUnderWay) {
      refuse(request, reply);
      return;
    }
    underWay += 1;
    // Also when the client goes away.
    reply.raw.once('close', () => (underWay -= 1));
    done();
  });
}

function refuse(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers({ ...answerHeaders, 'retry-after': RETRY_AFTER_SECONDS });
  sendProblem(reply, problemOf(overloaded, request.id));
}
