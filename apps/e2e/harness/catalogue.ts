import type { Edit, SimulatedOrg } from './simulator.ts';

/** A price as answers show it. */
export interface Price {
  readonly currency: string;
  readonly unitPrice: string;
}

/** What these tests look at in products, plans and add-ons. */
export interface Offer {
  readonly sku: string;
  readonly productId: string;
  readonly name: string;
  readonly prices: readonly Price[];
  readonly active?: boolean;
  readonly offeringType?: string | null;
  readonly vpnRegion?: string | null;
}

/** Every route that answers from the catalogue or of an account, with an input that finds something in the demo org. */
export const readRoutes = [
  '/api/catalog/internet/plans',
  '/api/catalog/internet/plans?accountId=0015g0000000002AAA&currency=EUR',
  '/api/catalog/internet/addons',
  '/api/catalog/sim/plans',
  '/api/catalog/sim/addons',
  '/api/catalog/vpn/plans',
  '/api/catalog/vpn/plans?region=EU',
  '/api/catalog/vpn/addons',
  '/api/catalog/products/INT-FTTH-GOLD',
  '/api/catalog/prices?skus=SIM-M,VPN-EU,NOPE',
  '/api/eligibility/0015g0000000002AAA',
] as const;

/** The record with this value, which exactly one must have. */
export async function recordWith(
  org: SimulatedOrg,
  object: string,
  field: string,
  value: unknown,
): Promise<Record<string, unknown> & { readonly Id: string }> {
  const found = (await org.truth(object)).filter((record) => record[field] === value);
  if (found.length !== 1) throw new Error(`${found.length} records have ${field} ${String(value)}`);
  return found[0] as Record<string, unknown> & { readonly Id: string };
}

/** Standard price book of the org. */
export async function standardPricebook(org: SimulatedOrg): Promise<string> {
  return (await recordWith(org, 'Pricebook2', 'IsStandard', true)).Id;
}

/** Creates a product with one price per currency. @returns its id */
export async function createProduct(
  org: SimulatedOrg,
  fields: Readonly<Record<string, unknown>>,
  prices: Readonly<Record<string, number>> = {},
): Promise<string> {
  const [created] = (
    await org.transact([{ op: 'create', object: 'Product2', fields: { IsActive: true, ...fields } }])
  ).results;
  if (created?.success !== true || created.id === null)
    throw new Error(`product refused: ${JSON.stringify(created)}`);
  const productId = created.id;
  const pricebook = await standardPricebook(org);
  const edits = Object.entries(prices).map(([currency, amount]): Edit => ({
    op: 'create',
    object: 'PricebookEntry',
    fields: {
      Pricebook2Id: pricebook,
      Product2Id: productId,
      UnitPrice: amount,
      CurrencyIsoCode: currency,
      IsActive: true,
    },
  }));
  if (edits.length > 0) {
    const { results } = await org.transact(edits);
    if (results.some(({ success }) => !success)) throw new Error(`price refused: ${JSON.stringify(results)}`);
  }
  return productId;
}
