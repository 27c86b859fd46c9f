import { describe, expect, it } from '@jest/globals';
import { endpoints } from './endpoints.ts';
import { openApiDocument } from './document.ts';
import { openApiText } from './openapi-text.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

const document = openApiDocument(endpoints, '1.2.3');
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.values(methods).map((operation) => [path, operation] as const),
);

describe('the OpenAPI document', () => {
  it('is the same text each time, and 3.1', () => {
    expect(openApiText()).toBe(openApiText());
    expect(document['openapi']).toMatch(/^3\.1\./);
  });

  it('gives every operation an id of its own and the parameters of its path', () => {
    expect(new Set(operations.map(([, { operationId }]) => operationId)).size).toBe(operations.length);
    for (const [path, { parameters = [] }] of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(inPath);
    }
  });

  it('refers only to what it defines', () => {
    const text = JSON.stringify(document);
    const { schemas } = document['components'] as { schemas: Record<string, unknown> };
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target);
    expect(references.length).toBeGreaterThan(0);
    for (const target of references)
      expect(schemas).toHaveProperty(String(target).replace('#/components/schemas/', ''));
    expect(text).not.toContain('$defs');
    for (const [name, definition] of Object.entries(schemas))
      expect([name, definition]).toEqual([name, expect.objectContaining({ type: 'object' })]);
  });

  it('tells the access of each: open health and docs, operator for queues and metrics, read for the API', () => {
    for (const [path, { security, responses }] of operations) {
      const scope = path.startsWith('/api/')
        ? 'read'
        : ['/metrics', '/health/queues'].includes(path)
          ? 'operator'
          : undefined;
      expect([path, security]).toEqual([path, scope === undefined ? [] : [{ apiKey: [scope] }]]);
      expect(['401', '403'].every((status) => status in responses)).toBe(scope !== undefined);
    }
  });
});
