import { widenId } from '../../org/ids.ts';
import type { Org } from '../../org/org.ts';
import type { ObjectSchema } from '../../org/schema.ts';
import type { Snapshot } from '../../org/table-view.ts';
import { apiError, notFound } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { empty, json, type Reply } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { PathBinder, type BoundPath } from '../soql/bind-path.ts';
import { recordShape, type RestRecord } from '../soql/row-shape.ts';
import { readPrecondition, validatorHeaders, writePrecondition, type Validators } from './conditional.ts';
import { dataRoute, majorVersion } from './data-route.ts';
import { objectOf } from './describe-routes.ts';
import { externalIdField, findByExternalId, findOrdinal } from './find-record.ts';
import { fieldsFrom, writeFailure } from './record-body.ts';
import { changeContext } from './change-context.ts';

export function sobjectRoutes(org: Org): Route[] {
  const rest = { class: 'rest' } as const;
  const row = '/sobjects/:object/:id';
  const byKey = '/sobjects/:object/:field/:value';
  return [
    dataRoute({
      ...rest,
      name: 'sobject-create',
      method: 'POST',
      path: '/sobjects/:object',
      handle: (x) => create(x, org),
    }),
    dataRoute({
      ...rest,
      name: 'sobject-get',
      method: 'GET',
      path: row,
      handle: (x) => read(x, org, x.param('id')),
    }),
    dataRoute({ ...rest, name: 'sobject-update', method: 'PATCH', path: row, handle: (x) => update(x, org) }),
    dataRoute({
      ...rest,
      name: 'sobject-delete',
      method: 'DELETE',
      path: row,
      handle: (x) => remove(x, org),
    }),
    dataRoute({ ...rest, name: 'sobject-get', method: 'GET', path: byKey, handle: (x) => readByKey(x, org) }),
    dataRoute({
      ...rest,
      name: 'sobject-upsert',
      method: 'PATCH',
      path: byKey,
      handle: (x) => upsert(x, org),
    }),
  ];
}

/** Selected fields of one record, or all of them; compounds included, as the row resource shows them. */
export function selectedFields(
  org: Org,
  object: ObjectSchema,
  names: readonly string[] | undefined,
): BoundPath[] {
  const binder = new PathBinder(org.schema, object, undefined, '');
  const visible = object.fields.filter((field) => !org.schema.isHidden(object.name, field.name));
  return (names ?? visible.map((field) => field.name)).map((name) => {
    if (!name.includes('.') && binder.field(object, name) === undefined)
      throw apiError(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
    return binder.bind(name);
  });
}

function read(exchange: Exchange, org: Org, id: string): Reply {
  const object = objectOf(exchange, org);
  const snapshot = org.read();
  try {
    const ordinal = findOrdinal(snapshot, object, id);
    const validators = validatorsOf(snapshot, object, ordinal);
    const unmodified = readPrecondition(exchange, validators);
    if (unmodified !== undefined) return unmodified;
    const names = exchange.query
      .get('fields')
      ?.split(',')
      .map((name) => name.trim());
    const columns = selectedFields(org, object, names);
    const record = recordShape(object, columns, snapshot.table(object.name), exchange.apiVersion)(ordinal);
    return json(withId(record, snapshot, object, ordinal), 200, validatorHeaders(validators));
  } finally {
    snapshot.release();
  }
}

/** The row resource always names the record, whatever fields were asked for. */
function withId(record: RestRecord, snapshot: Snapshot, object: ObjectSchema, ordinal: number): RestRecord {
  return 'Id' in record ? record : { ...record, Id: snapshot.table(object.name).column('Id')(ordinal) };
}

function validatorsOf(snapshot: Snapshot, object: ObjectSchema, ordinal: number): Validators {
  const table = snapshot.table(object.name);
  const stamp =
    object.field('LastModifiedDate') === undefined ? null : table.column('LastModifiedDate')(ordinal);
  const changedAt = typeof stamp === 'string' ? Date.parse(stamp) : 0;
  return {
    changedAt,
    etag: object.name === 'Account' ? `"${Buffer.from(String(stamp)).toString('base64url')}"` : undefined,
  };
}

async function create(exchange: Exchange, org: Org): Promise<Reply> {
  const object = objectOf(exchange, org);
  const fields = fieldsFrom(await exchange.json(), object);
  const id = createRecord(exchange, org, object, fields);
  return json({ id, success: true, errors: [] }, 201, {
    Location: `/services/data/v${exchange.apiVersion}/sobjects/${object.name}/${id}`,
  });
}

function createRecord(
  exchange: Exchange,
  org: Org,
  object: ObjectSchema,
  fields: ReturnType<typeof fieldsFrom>,
): string {
  const { results } = org.transact([{ op: 'create', object: object.name, fields }], changeContext(exchange));
  const result = results[0];
  if (result?.success !== true || result.id === null) throw writeFailure(result?.errors ?? []);
  return result.id;
}

async function update(exchange: Exchange, org: Org): Promise<Reply> {
  const object = objectOf(exchange, org);
  const body = await exchange.json();
  const id = checkTarget(exchange, org, object, exchange.param('id'));
  if (typeof id !== 'string') return id;
  updateRecord(exchange, org, object, id, fieldsFrom(body, object));
  return empty(204);
}

function updateRecord(
  exchange: Exchange,
  org: Org,
  object: ObjectSchema,
  id: string,
  fields: ReturnType<typeof fieldsFrom>,
): void {
  const { results } = org.transact(
    [{ op: 'update', object: object.name, id, fields }],
    changeContext(exchange),
  );
  if (results[0]?.success !== true) throw writeFailure(results[0]?.errors ?? [], id);
}

/** The 18-character id when the write may go ahead, else the 412. */
function checkTarget(exchange: Exchange, org: Org, object: ObjectSchema, id: string): string | Reply {
  const snapshot = org.read();
  try {
    const ordinal = findOrdinal(snapshot, object, id);
    return writePrecondition(exchange, validatorsOf(snapshot, object, ordinal)) ?? widenId(id) ?? id;
  } finally {
    snapshot.release();
  }
}

function remove(exchange: Exchange, org: Org): Reply {
  const object = objectOf(exchange, org);
  const snapshot = org.read();
  try {
    findOrdinal(snapshot, object, exchange.param('id'));
  } finally {
    snapshot.release();
  }
  const id = widenId(exchange.param('id')) ?? '';
  const { results } = org.transact([{ op: 'delete', id }], changeContext(exchange));
  if (results[0]?.success !== true) throw writeFailure(results[0]?.errors ?? [], id);
  return empty(204);
}

function keyMatches(exchange: Exchange, org: Org, object: ObjectSchema): string[] {
  const field = externalIdField(org, object, exchange.param('field'));
  const value = exchange.param('value');
  if (field.type === 'id') return [value];
  return findByExternalId(org, object, field, [value]).get(value) ?? [];
}

/** 300 with the candidates' addresses: an external id need not be unique. */
const ambiguous = (exchange: Exchange, object: ObjectSchema, ids: readonly string[]): Reply =>
  json(
    ids.map((id) => `/services/data/v${exchange.apiVersion}/sobjects/${object.name}/${id}`),
    300,
  );

function readByKey(exchange: Exchange, org: Org): Reply {
  const object = objectOf(exchange, org);
  const ids = keyMatches(exchange, org, object);
  const [id] = ids;
  if (id === undefined) throw notFound();
  return ids.length > 1 ? ambiguous(exchange, object, ids) : read(exchange, org, id);
}

async function upsert(exchange: Exchange, org: Org): Promise<Reply> {
  const object = objectOf(exchange, org);
  const field = externalIdField(org, object, exchange.param('field'));
  const fields = fieldsFrom(await exchange.json(), object, [field.name]);
  const ids = keyMatches(exchange, org, object);
  const [id] = ids;
  if (ids.length > 1) return ambiguous(exchange, object, ids);
  if (id === undefined) {
    const key = { [field.name]: exchange.param('value') };
    return json(
      {
        id: createRecord(exchange, org, object, { ...fields, ...key }),
        success: true,
        errors: [],
        created: true,
      },
      201,
    );
  }
  const target = checkTarget(exchange, org, object, id);
  if (typeof target !== 'string') return target;
  updateRecord(exchange, org, object, target, fields);
  const answersBody = majorVersion(exchange.apiVersion) >= 46 && org.knobs.upsertUpdateStatus === 200;
  return answersBody ? json({ id: target, success: true, errors: [], created: false }) : empty(204);
}
