import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Org } from '../org/org.ts';
import type { FieldSpec } from '../org/schema.ts';
import { clockInput, faultInput, limitsInput, schemaInput } from './control-input.ts';

/** Switches: faults, knobs, limits, clock, schema, tokens. */
export function behaviourRoutes(server: FastifyInstance, org: Org): void {
  server.get('/faults', () => org.faults.list());
  server.post('/faults', (request) => ({ id: org.faults.add(faultInput.parse(request.body)) }));
  server.delete('/faults', (_request, reply) => {
    org.faults.clear();
    return reply.code(204).send();
  });
  server.delete<{ Params: { id: string } }>('/faults/:id', (request, reply) =>
    reply.code(org.faults.remove(request.params.id) ? 204 : 404).send(),
  );

  server.get('/knobs', () => org.knobs);
  server.patch('/knobs', (request) => {
    org.setKnobs(z.record(z.string(), z.unknown()).parse(request.body));
    return org.knobs;
  });

  server.get('/limits', () => org.limits.map());
  server.patch('/limits', (request) => {
    org.limits.setDailyUsed(limitsInput.parse(request.body).dailyUsed);
    return org.limits.map();
  });
  server.get('/counters', () => org.limits.counters());
  server.delete('/counters', (_request, reply) => {
    org.limits.resetCounters();
    return reply.code(204).send();
  });

  const clock = (): Record<string, unknown> => ({
    now: new Date(org.clock.now()).toISOString(),
    offsetSeconds: org.clock.offset / 1000,
    frozen: org.clock.frozen,
  });
  server.get('/clock', clock);
  server.post('/clock', (request) => {
    const { advanceSeconds, offsetSeconds, frozen } = clockInput.parse(request.body);
    if (frozen === true) org.clock.freeze();
    if (frozen === false) org.clock.resume();
    if (offsetSeconds !== undefined) org.clock.setOffset(offsetSeconds * 1000);
    if (advanceSeconds !== undefined) org.clock.advance(advanceSeconds * 1000);
    return clock();
  });

  server.post('/tokens/revoke', (_request, reply) => {
    org.revokeTokens();
    return reply.code(204).send();
  });

  server.get('/schema', () => ({
    revision: org.schema.revision,
    objects: Object.fromEntries(org.schema.objects.map(({ name, revision }) => [name, { revision }])),
  }));
  server.post('/schema', (request) => {
    changeSchema(org, schemaInput.parse(request.body));
    return { revision: org.schema.revision };
  });
}

function changeSchema(org: Org, input: z.infer<typeof schemaInput>): void {
  const { object, field } = input;
  switch (input.change) {
    case 'add': {
      const { change: _change, object: _object, field: name, before, ...properties } = input;
      const spec: FieldSpec = { ...properties, name };
      org.schema.addField(object, spec, before);
      return;
    }
    case 'retype': {
      const { change: _change, object: _object, field: _field, ...properties } = input;
      org.schema.retypeField(object, field, properties);
      return;
    }
    case 'remove':
      org.schema.removeField(object, field);
      return;
    case 'hide':
      org.schema.hideField(object, field);
      return;
    case 'show':
      org.schema.showField(object, field);
  }
}
