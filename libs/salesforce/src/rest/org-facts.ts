import { canonicalLeaf, type OrgFacts } from '@umbra/domain';
import { z } from 'zod';
import type { Describes } from './describe.ts';
import { invalid, type Queries } from './queries.ts';

const organizationRow = z.object({ Id: z.string(), InstanceName: z.string().nullish() });
const pricebookRow = z.object({ Id: z.string() });

/** Which org this is, and what about it decides how prices are read. Three calls. */
export async function readOrgFacts(queries: Queries, describes: Describes): Promise<OrgFacts> {
  const [identity, pricebook, entry] = await Promise.all([
    readOrgIdentity(queries),
    firstRow(queries, 'SELECT Id FROM Pricebook2 WHERE IsStandard = true LIMIT 1', pricebookRow),
    describes.current('PricebookEntry'),
  ]);
  return {
    ...identity,
    // Salesforce shows this field only in orgs with several currencies.
    isMultiCurrency: entry.fields.some(({ name }) => name === 'CurrencyIsoCode'),
    standardPricebookId: pricebook === undefined ? null : String(canonicalLeaf('id', pricebook.Id)),
  };
}

/** One call. */
export async function readOrgIdentity(queries: Queries): Promise<Pick<OrgFacts, 'orgId' | 'instance'>> {
  const soql = 'SELECT Id, InstanceName FROM Organization LIMIT 1';
  const organization = await firstRow(queries, soql, organizationRow);
  if (organization === undefined) throw invalid('no Organization record');
  return {
    orgId: String(canonicalLeaf('id', organization.Id)),
    instance: organization.InstanceName ?? '',
  };
}

async function firstRow<T>(queries: Queries, soql: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const answer = await queries.first(soql, { requestClass: 'catalogue' });
  const [first] = answer.value.records;
  if (first === undefined) return undefined;
  const parsed = schema.safeParse(first);
  if (!parsed.success) throw invalid('an unexpected shape');
  return parsed.data;
}
