import { z } from 'zod';
import type { FieldType } from '../org/schema.ts';

/** What the control API accepts. Strict everywhere: a misspelt switch must not pass for a switch that is off. */
const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const fields = z.record(z.string(), value);
const id = z.string().min(15).max(18);

const edit = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('create'), object: z.string(), fields }),
  z.strictObject({ op: z.literal('update'), object: z.string(), id, fields }),
  z.strictObject({ op: z.literal('delete'), id }),
  z.strictObject({ op: z.literal('undelete'), id }),
  z.strictObject({ op: z.literal('hardDelete'), id }),
  z.strictObject({
    op: z.literal('purge'),
    ids: z.array(id).exactOptional(),
    object: z.string().exactOptional(),
  }),
  z.strictObject({
    op: z.literal('merge'),
    object: z.string(),
    winner: id,
    losers: z.array(id).min(1),
    fields: fields.exactOptional(),
  }),
]);

export const transactionInput = z.strictObject({
  edits: z.array(edit).min(1),
  user: id.exactOptional(),
  client: z.string().exactOptional(),
  api: z.enum(['rest', 'soap', 'bulkapi', 'apex']).exactOptional(),
  apiVersion: z.string().exactOptional(),
  allOrNone: z.boolean().exactOptional(),
  commitDelay: z.number().min(0).exactOptional(),
});

const positive = z.number().int().min(1);

export const faultInput = z.strictObject({
  match: z
    .strictObject({
      route: z.string().exactOptional(),
      method: z.string().exactOptional(),
      path: regularExpression(),
    })
    .exactOptional(),
  nth: z.union([positive, z.array(positive)]).exactOptional(),
  every: positive.exactOptional(),
  probability: z.number().min(0).max(1).exactOptional(),
  times: positive.exactOptional(),
  latencyMs: z.number().min(0).exactOptional(),
  status: z.number().int().min(100).max(599).exactOptional(),
  body: z.unknown().exactOptional(),
  htmlBody: z.boolean().exactOptional(),
  headers: z.record(z.string(), z.string()).exactOptional(),
  cutAfterBytes: z.number().int().min(0).exactOptional(),
  limitDataBytes: z.number().int().min(0).exactOptional(),
  dropAnswer: z.boolean().exactOptional(),
});

function regularExpression(): z.ZodExactOptional<z.ZodString> {
  return z.string().refine(isRegularExpression, { error: 'is no regular expression' }).exactOptional();
}

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

export const clockInput = z.strictObject({
  advanceSeconds: z.number().min(0).exactOptional(),
  offsetSeconds: z.number().exactOptional(),
  frozen: z.boolean().exactOptional(),
});

export const limitsInput = z.strictObject({ dailyUsed: z.number().int().min(0) });

const fieldTypes = [
  'reference',
  'string',
  'textarea',
  'phone',
  'url',
  'email',
  'picklist',
  'multipicklist',
  'boolean',
  'int',
  'double',
  'currency',
  'percent',
  'date',
  'datetime',
  'time',
] as const satisfies readonly FieldType[];

const fieldProperties = {
  type: z.enum(fieldTypes),
  label: z.string().exactOptional(),
  length: positive.exactOptional(),
  precision: positive.exactOptional(),
  scale: z.number().int().min(0).exactOptional(),
  unique: z.boolean().exactOptional(),
  externalId: z.boolean().exactOptional(),
  referenceTo: z.array(z.string()).exactOptional(),
  relationshipName: z.string().exactOptional(),
  picklist: z.array(z.string()).exactOptional(),
  restrictedPicklist: z.boolean().exactOptional(),
  defaultValue: z.union([z.string(), z.number(), z.boolean()]).exactOptional(),
};

export const schemaInput = z.discriminatedUnion('change', [
  z.strictObject({
    change: z.literal('add'),
    object: z.string(),
    field: z.string().regex(/^[A-Za-z]\w*__c$/, { error: 'a custom field is named Something__c' }),
    ...fieldProperties,
    before: z.string().exactOptional(),
  }),
  z.strictObject({ change: z.literal('retype'), object: z.string(), field: z.string(), ...fieldProperties }),
  z.strictObject({ change: z.enum(['remove', 'hide', 'show']), object: z.string(), field: z.string() }),
]);

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export const truthQuery = z.strictObject({
  all: flag.default(false),
  fields: z
    .string()
    .transform((text) => text.split(','))
    .exactOptional(),
});

export const historyQuery = z.strictObject({
  from: z.coerce.number().int().min(1).default(1),
  object: z.string().exactOptional(),
});
