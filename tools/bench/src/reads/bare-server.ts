/**
 * The rival that does nothing: Fastify with one route that gives the same bytes from memory, and no key, no log, no age.
 *
 *   node tools/bench/src/reads/bare-server.ts URL KEY     the URL whose answer it gives
 */
import fastify from 'fastify';

const [url = '', key = ''] = process.argv.slice(2);
const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
const body = Buffer.from(await answer.arrayBuffer());

const server = fastify();
server.get('/', (_request, reply) => reply.type('application/json; charset=utf-8').send(body));
const address = await server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 });
process.once('SIGTERM', () => void server.close());
process.stdout.write(`${JSON.stringify({ ready: address, bytes: body.length })}\n`);
