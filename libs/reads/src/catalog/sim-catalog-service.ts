import { z } from 'zod';
import { answerSchema, type Answer, type AnswerMaker } from '../answer/answer.ts';
import { offerOf, type Offers, type PricedQuery } from './offers.ts';
import { addOnListSchema, offerShape, planTierSchema, type AddOnList } from './shapes.ts';

export const simPlanSchema = z.object({ ...offerShape, planTier: planTierSchema }).meta({ id: 'SimPlan' });
export const simPlansSchema = z.object({ plans: z.array(simPlanSchema) });
export type SimPlans = z.infer<typeof simPlansSchema>;

export const simPlansAnswer = answerSchema(simPlansSchema);
export const simAddOnsAnswer = answerSchema(addOnListSchema);

export class SimCatalogService {
  readonly #offers: Offers;
  readonly #answers: AnswerMaker;

  constructor(offers: Offers, answers: AnswerMaker) {
    this.#offers = offers;
    this.#answers = answers;
  }

  async getPlans(query: PricedQuery = {}): Promise<Answer<SimPlans>> {
    const { offers, parts } = await this.#offers.list('sim.plans', query);
    const plans = offers.map((offer) => ({ ...offerOf(offer), planTier: offer.product.planTier }));
    return this.#answers.make('catalog', { plans }, parts);
  }

  async getAddOns(query: PricedQuery = {}): Promise<Answer<AddOnList>> {
    return this.#offers.addOns('sim.addons', query);
  }
}
