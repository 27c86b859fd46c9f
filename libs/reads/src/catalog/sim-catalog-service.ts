import { z } from 'zod';
import { answerSchema, type Answer } from '../answer/answer.ts';
import type { Answers } from '../answer/answers.ts';
import { anyAge, type Demand } from '../source/demand.ts';
import { offerOf, type Offers, type PricedQuery } from './offers.ts';
import { addOnListSchema, offerShape, planTierSchema, type AddOnList } from './shapes.ts';

export const simPlanSchema = z.object({ ...offerShape, planTier: planTierSchema }).meta({ id: 'SimPlan' });
export const simPlansSchema = z.object({ plans: z.array(simPlanSchema) });
export type SimPlans = z.infer<typeof simPlansSchema>;

export const simPlansAnswer = answerSchema(simPlansSchema);
export const simAddOnsAnswer = answerSchema(addOnListSchema);

export class SimCatalogService {
  readonly #offers: Offers;
  readonly #answers: Answers;

  constructor(offers: Offers, answers: Answers) {
    this.#offers = offers;
    this.#answers = answers;
  }

  async getPlans(query: PricedQuery = {}, demand: Demand = anyAge): Promise<Answer<SimPlans>> {
    return this.#answers.ask('catalog', ['sim.plans', query.currency ?? ''], demand, async () => {
      const { offers, parts } = await this.#offers.list('sim.plans', query, demand);
      const plans = offers.map((offer) => ({ ...offerOf(offer), planTier: offer.product.planTier }));
      return { data: { plans }, parts };
    });
  }

  async getAddOns(query: PricedQuery = {}, demand: Demand = anyAge): Promise<Answer<AddOnList>> {
    return this.#offers.addOns('sim.addons', query, demand);
  }
}
