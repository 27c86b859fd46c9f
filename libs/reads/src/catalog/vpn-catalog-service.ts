import { z } from 'zod';
import { answerSchema, type Answer, type AnswerMaker } from '../answer/answer.ts';
import { fold } from '../offer/fold.ts';
import { offerOf, type Offers, type PricedQuery } from './offers.ts';
import { addOnListSchema, offerShape, planTierSchema, regionSchema, type AddOnList } from './shapes.ts';

export const vpnPlanSchema = z
  .object({ ...offerShape, region: regionSchema, planTier: planTierSchema })
  .meta({ id: 'VpnPlan' });
export const vpnPlansSchema = z.object({ plans: z.array(vpnPlanSchema) });
export type VpnPlans = z.infer<typeof vpnPlansSchema>;

export const vpnPlansAnswer = answerSchema(vpnPlansSchema);
export const vpnAddOnsAnswer = answerSchema(addOnListSchema);

export class VpnCatalogService {
  readonly #offers: Offers;
  readonly #answers: AnswerMaker;

  constructor(offers: Offers, answers: AnswerMaker) {
    this.#offers = offers;
    this.#answers = answers;
  }

  /** @param query.region only plans of this region; blanks around it and letter case do not count */
  async getPlans(
    query: PricedQuery & { readonly region?: string | undefined } = {},
  ): Promise<Answer<VpnPlans>> {
    const { region } = query;
    const { offers, parts } = await this.#offers.list(
      'vpn.plans',
      query,
      ({ vpnRegion }) => region === undefined || (vpnRegion !== null && fold(vpnRegion) === fold(region)),
    );
    const plans = offers.map((offer) => ({
      ...offerOf(offer),
      region: offer.product.vpnRegion,
      planTier: offer.product.planTier,
    }));
    return this.#answers.make('catalog', { plans }, parts);
  }

  async getAddOns(query: PricedQuery = {}): Promise<Answer<AddOnList>> {
    return this.#offers.addOns('vpn.addons', query);
  }
}
