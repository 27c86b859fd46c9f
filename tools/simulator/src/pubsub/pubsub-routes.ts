import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Org } from '../org/org.ts';
import { SalesforceError } from '../org/record.ts';
import type { EventBus } from './event-bus.ts';
import { eventLines } from './event-lines.ts';
import {
  endStreamsInput,
  eventsQuery,
  knobsInput,
  migrateInput,
  replaySuffixInput,
  streamsQuery,
  unspecificInput,
} from './pubsub-input.ts';
import type { PubsubServer } from './pubsub-server.ts';

/** Switches of the stream, and what was published and delivered. */
export function pubsubRoutes(server: FastifyInstance, org: Org, bus: EventBus, pubsub: PubsubServer): void {
  server.get('/pubsub/knobs', () => bus.knobs);
  server.patch('/pubsub/knobs', (request) => {
    const patch = knobsInput.parse(request.body);
    for (const object of [patch.entities ?? [], Object.values(patch.channels ?? {})].flat(2))
      checkCaptured(org, object);
    bus.set(patch);
    return bus.knobs;
  });

  server.post('/pubsub/replay-suffix', (request) => ({
    published: bus.replaySuffix(replaySuffixInput.parse(request.body).n),
  }));
  server.post('/pubsub/end-streams', (request, reply) => {
    const { topic, ...end } = endStreamsInput.parse(request.body);
    bus.endStreams(end, topic);
    return reply.code(204).send();
  });
  server.post('/pubsub/unspecific', (request, reply) => {
    const { object, kind } = unspecificInput.parse(request.body);
    checkCaptured(org, object);
    bus.publishUnspecific(object, kind);
    return reply.code(204).send();
  });
  server.post('/pubsub/migrate', (request) => {
    bus.migrate(migrateInput.parse(request.body ?? {}));
    return org.identity;
  });

  server.get('/pubsub/streams', (request) => {
    const { live } = streamsQuery.parse(request.query);
    return pubsub.streams().filter((stream) => live === undefined || stream.live === live);
  });
  server.get('/pubsub/events', (request, reply) => {
    const lines = eventLines(bus.log, bus.knobs.replayIdBytes, eventsQuery.parse(request.query));
    return reply.type('application/x-ndjson; charset=utf-8').send(Readable.from(lines));
  });
  server.get('/pubsub/counters', () => ({
    ...bus.counters,
    events: bus.log.length,
    calls: pubsub.calls,
    streams: pubsub.streams().length,
    liveStreams: pubsub.streams().filter(({ live }) => live).length,
  }));
  server.get('/pubsub/schemas', () =>
    bus.knobs.entities.map((object) => ({
      object,
      schemaId: bus.schemas.current(object)?.schema.id ?? null,
    })),
  );
}

function checkCaptured(org: Org, object: string): void {
  if (org.schema.object(object)?.name !== object)
    throw new SalesforceError(400, 'INVALID_TYPE', `sObject type '${object}' is not supported.`);
}
