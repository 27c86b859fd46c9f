import { z } from 'zod';

/** A Salesforce field name; a dotted path is refused, since events carry own fields only. */
const fieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, 'is no Salesforce field name');

/** The areas of the catalogue, each a list of `item_class` values. */
export const areaNames = [
  'internet.plans',
  'internet.addons',
  'sim.plans',
  'sim.addons',
  'vpn.plans',
  'vpn.addons',
] as const;
export type AreaName = (typeof areaNames)[number];

const classes = z.array(z.string().min(1)).min(1);

/** Shape of `config/field-map.yaml`. */
export const fieldMapSchema = z.strictObject({
  Product2: z.strictObject({
    sku: fieldName,
    item_class: fieldName,
    offering_type: fieldName,
    plan_tier: fieldName,
    vpn_region: fieldName,
  }),
  Account: z.strictObject({ internet_eligibility: fieldName, eligibility_source: fieldName }),
  areas: z.strictObject({
    'internet.plans': classes,
    'internet.addons': classes,
    'sim.plans': classes,
    'sim.addons': classes,
    'vpn.plans': classes,
    'vpn.addons': classes,
  }),
});

export type FieldMap = z.infer<typeof fieldMapSchema>;
