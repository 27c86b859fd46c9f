import { z } from 'zod';
import { answerSchema, type Answer, type AnswerMaker } from '../answer/answer.ts';
import type { EligibilityReader } from '../eligibility/eligibility-reader.ts';
import { eligibilityStatuses, isOffered } from '../offer/eligibility-status.ts';
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
  readonly #answers: AnswerMaker;

  constructor(offers: Offers, eligibility: EligibilityReader, answers: AnswerMaker) {
    this.#offers = offers;
    this.#eligibility = eligibility;
    this.#answers = answers;
  }

  /**
   * Plans that are offered to the account, or all active plans. `plan_tier` never filters, it sorts.
   * @throws UmbraError INPUT_INVALID for a malformed account id, READ_NOT_FOUND for an unknown account
   */
  async getPlansForUser(accountId?: string, query: PricedQuery = {}): Promise<Answer<InternetPlans>> {
    if (accountId === undefined) {
      const list = await this.#offers.list('internet.plans', query);
      return this.#answer({ accountId: null, eligibility: null }, list);
    }
    const account = await this.#eligibility.of(accountId);
    const { id, eligibility } = account.value;
    const about = { accountId: id, eligibility: eligibility.status };
    if (eligibility.status !== 'eligible') return this.#answer(about, { offers: [], parts: [account] });
    const { offers, parts } = await this.#offers.list('internet.plans', query, ({ offeringType }) =>
      isOffered(eligibility, offeringType),
    );
    return this.#answer(about, { offers, parts: [account, ...parts] });
  }

  async getAddOns(query: PricedQuery = {}): Promise<Answer<AddOnList>> {
    return this.#offers.addOns('internet.addons', query);
  }

  #answer(
    about: Pick<InternetPlans, 'accountId' | 'eligibility'>,
    { offers, parts }: PricedList,
  ): Answer<InternetPlans> {
    const plans = offers.map((offer) => ({
      ...offerOf(offer),
      offeringType: offer.product.offeringType,
      planTier: offer.product.planTier,
    }));
    return this.#answers.make('catalog', { ...about, plans }, parts);
  }
}
