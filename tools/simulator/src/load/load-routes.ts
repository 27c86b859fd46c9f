import type { FastifyInstance } from 'fastify';
import type { LoadGenerator } from './load-generator.ts';
import { bigTransactionInput, loadInput } from './load-input.ts';

/** Steady load for benches, and single large transactions. */
export function loadRoutes(server: FastifyInstance, generator: LoadGenerator): void {
  server.get('/load', () => generator.state());
  server.post('/load', (request) => {
    generator.start(loadInput.parse(request.body));
    return generator.state();
  });
  server.delete('/load', () => {
    generator.stop();
    return generator.state();
  });
  server.post('/load/transaction', (request) => {
    const { object, changes } = bigTransactionInput.parse(request.body);
    return generator.bigTransaction(object, changes);
  });
}
