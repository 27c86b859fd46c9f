import { z } from 'zod';
import { answerSchema, type Answer } from '../answer/answer.ts';
import type { Answers, Made } from '../answer/answers.ts';
import type { EligibilityReader } from '../eligibility/eligibility-reader.ts';
import { eligibilityStatuses, isOffered } from '../offer/eligibility-status.ts';
import { anyAge, type Demand } from '../source/demand.ts';
import { offerOf, type Offers, type PricedList, type PricedQuery } from './offers.ts';
import { addOnListSchema, offeringTypeSchema, offerShape, planTierSchema, type AddOnList } from './shapes.ts';

export const internetPlanSchema = z
  .object({ ...offerShape, offeringType: offeringTypeSchema, planTier: planTierSchema })
  .meta({ id: 'InternetPlan' });

export const internetPlansSchema = z.object({
  accountId: z.string().nullable().meta({ description: 'The account that the plans are offered to.' }),
  eligibility: z
    .enum(eligibilityStatuses)
    .nullable()
    .meta({ description: 'Why there may be no plans; null without an account.' }),
  plans: z.array(internetPlanSchema),
});
export type InternetPlans = z.infer<typeof internetPlansSchema>;

export const internetPlansAnswer = answerSchema(internetPlansSchema);
export const internetAddOnsAnswer = answerSchema(addOnListSchema);

/** What the internet shelf holds, and for whom. */
export class InternetCatalogService {
  readonly #offers: Offers;
  readonly #eligibility: EligibilityReader;
  readonly #answers: Answers;

  constructor(offers: Offers, eligibility: EligibilityReader, answers: Answers) {
    this.#offers = offers;
    this.#eligibility = eligibility;
    this.#answers = answers;
  }

  /**
   * Plans that are offered to the account, or all active plans. `plan_tier` never filters, it sorts.
   * @throws UmbraError INPUT_INVALID for a malformed account id, READ_NOT_FOUND for an unknown account
   */
  async getPlansForUser(
    accountId?: string,
    query: PricedQuery = {},
    demand: Demand = anyAge,
  ): Promise<Answer<InternetPlans>> {
    const name = ['internet.plans', query.currency ?? '', ...(accountId === undefined ? [] : [accountId])];
    return this.#answers.ask('catalog', name, demand, () => this.#plans(accountId, query, demand));
  }

  async getAddOns(query: PricedQuery = {}, demand: Demand = anyAge): Promise<Answer<AddOnList>> {
    return this.#offers.addOns('internet.addons', query, demand);
  }

  async #plans(
    accountId: string | undefined,
    query: PricedQuery,
    demand: Demand,
  ): Promise<Made<InternetPlans>> {
    if (accountId === undefined) {
      const list = await this.#offers.list('internet.plans', query, demand);
      return madeOf({ accountId: null, eligibility: null }, list);
    }
    const account = await this.#eligibility.of(accountId, demand);
    const { id, eligibility } = account.value;
    const about = { accountId: id, eligibility: eligibility.status };
    if (eligibility.status !== 'eligible') return madeOf(about, { offers: [], parts: [account] });
    const { offers, parts } = await this.#offers.list('internet.plans', query, demand, ({ offeringType }) =>
      isOffered(eligibility, offeringType),
    );
    return madeOf(about, { offers, parts: [account, ...parts] });
  }
}

function madeOf(
  about: Pick<InternetPlans, 'accountId' | 'eligibility'>,
  { offers, parts }: PricedList,
): Made<InternetPlans> {
  const plans = offers.map((offer) => ({
    ...offerOf(offer),
    offeringType: offer.product.offeringType,
    planTier: offer.product.planTier,
  }));
  return { data: { ...about, plans }, parts };
}
