import { z } from 'zod';
import { answerSchema, type Answer } from '../answer/answer.ts';
import type { Answers } from '../answer/answers.ts';
import { fold } from '../offer/fold.ts';
import { anyAge, type Demand } from '../source/demand.ts';
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
  readonly #answers: Answers;

  constructor(offers: Offers, answers: Answers) {
    this.#offers = offers;
    this.#answers = answers;
  }

  /** @param query.region only plans of this region; blanks around it and letter case do not count */
  async getPlans(
    query: PricedQuery & { readonly region?: string | undefined } = {},
    demand: Demand = anyAge,
  ): Promise<Answer<VpnPlans>> {
    const { region, currency } = query;
    const wanted = region === undefined ? undefined : fold(region);
    const name = ['vpn.plans', currency ?? '', ...(wanted === undefined ? [] : [wanted])];
    return this.#answers.ask('catalog', name, demand, async () => {
      const { offers, parts } = await this.#offers.list(
        'vpn.plans',
        query,
        demand,
        ({ vpnRegion }) => wanted === undefined || (vpnRegion !== null && fold(vpnRegion) === wanted),
      );
      const plans = offers.map((offer) => ({
        ...offerOf(offer),
        region: offer.product.vpnRegion,
        planTier: offer.product.planTier,
      }));
      return { data: { plans }, parts };
    });
  }

  async getAddOns(query: PricedQuery = {}, demand: Demand = anyAge): Promise<Answer<AddOnList>> {
    return this.#offers.addOns('vpn.addons', query, demand);
  }
}
