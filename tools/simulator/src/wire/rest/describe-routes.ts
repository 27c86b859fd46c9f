import type { Org } from '../../org/org.ts';
import type { ObjectSchema } from '../../org/schema.ts';
import { notFound } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { json, type Reply } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { readPrecondition, validatorHeaders } from './conditional.ts';
import { dataRoute } from './data-route.ts';

/** The object of a path, in the org's spelling. @throws ApiError 404 `NOT_FOUND` */
export function objectOf(exchange: Exchange, org: Org): ObjectSchema {
  const object = org.schema.object(exchange.param('object'));
  if (object === undefined) throw notFound();
  return object;
}

export function describeRoutes(org: Org): Route[] {
  const describe = { class: 'describe', method: 'GET' } as const;
  const conditional = (exchange: Exchange, changedAt: number, body: () => unknown): Reply => {
    const validators = { changedAt };
    return readPrecondition(exchange, validators) ?? json(body(), 200, validatorHeaders(validators));
  };
  return [
    dataRoute({
      ...describe,
      name: 'describe-global',
      path: '/sobjects',
      handle: (exchange) =>
        conditional(exchange, Math.max(...org.schema.objects.map((object) => object.changedAt)), () =>
          org.schema.describeGlobal(exchange.param('version')),
        ),
    }),
    dataRoute({
      ...describe,
      name: 'describe',
      path: '/sobjects/:object/describe',
      handle: (exchange) => {
        const object = objectOf(exchange, org);
        return conditional(exchange, object.changedAt, () =>
          org.schema.describe(object.name, exchange.param('version')),
        );
      },
    }),
    dataRoute({
      ...describe,
      name: 'sobject-info',
      path: '/sobjects/:object',
      handle: (exchange) => {
        const { name } = objectOf(exchange, org);
        const { sobjects } = org.schema.describeGlobal(exchange.param('version')) as {
          sobjects: { name: string }[];
        };
        return json({ objectDescribe: sobjects.find((entry) => entry.name === name), recentItems: [] });
      },
    }),
  ];
}
