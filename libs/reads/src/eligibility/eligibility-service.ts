import { z } from 'zod';
import { answerSchema, type Answer } from '../answer/answer.ts';
import type { Answers } from '../answer/answers.ts';
import { eligibilityStatuses } from '../offer/eligibility-status.ts';
import { anyAge, type Demand } from '../source/demand.ts';
import type { EligibilityReader } from './eligibility-reader.ts';

export const eligibilitySchema = z
  .object({
    accountId: z.string().meta({ example: '001000000000001AAA' }),
    eligibility: z.enum(eligibilityStatuses),
    offeringTypes: z
      .array(z.string())
      .meta({ example: ['FTTH', 'VDSL'], description: 'What may be offered, each once.' }),
    internetEligibility: z.string().nullable().meta({ description: 'The value as the account carries it.' }),
    eligibilitySource: z.string().nullable().meta({ example: 'Address Check' }),
  })
  .meta({ id: 'Eligibility' });
export type AccountEligibilityData = z.infer<typeof eligibilitySchema>;

export const eligibilityAnswer = answerSchema(eligibilitySchema);

export class EligibilityService {
  readonly #eligibility: EligibilityReader;
  readonly #answers: Answers;

  constructor(eligibility: EligibilityReader, answers: Answers) {
    this.#eligibility = eligibility;
    this.#answers = answers;
  }

  /** @throws UmbraError INPUT_INVALID for a malformed id, READ_NOT_FOUND for an unknown account */
  async getEligibility(accountId: string, demand: Demand = anyAge): Promise<Answer<AccountEligibilityData>> {
    return this.#answers.ask('eligibility', [accountId], demand, async () => {
      const part = await this.#eligibility.of(accountId, demand);
      const { id, eligibility, internetEligibility, eligibilitySource } = part.value;
      const data = {
        accountId: id,
        eligibility: eligibility.status,
        offeringTypes: [...eligibility.offeringTypes],
        internetEligibility,
        eligibilitySource,
      };
      return { data, parts: [part] };
    });
  }
}
