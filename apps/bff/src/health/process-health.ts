import { z } from 'zod';

/** Bodies of `/health/live` and `/health/ready`, as every process of the product answers them. */
export const livenessSchema = z.object({ status: z.literal('ok') });

const processState = z.object({
  status: z.enum(['up', 'degraded', 'down']),
  draining: z.boolean(),
  parts: z.record(z.string(), z.enum(['up', 'down'])),
});

const byName = z.record(z.string(), processState);

export const readinessSchema = z.object({
  status: z.enum(['ok', 'degraded', 'error', 'shutting_down']),
  info: byName,
  error: byName,
  details: byName,
});
