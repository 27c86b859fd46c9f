import {
  account,
  accountScope,
  eligibilityKey,
  provenThrough,
  UmbraError,
  widenRecordId,
  type EligibilityRow,
  type MirroredObjectName,
  type ShadowReads,
} from '@umbra/domain';
import { z } from 'zod';
import type { Part } from '../answer/answer.ts';
import { anyAge, type Demand } from '../source/demand.ts';
import { eligibilityOf, type Eligibility } from '../offer/eligibility-status.ts';
import { asOfWith } from '../source/dirty-rows.ts';
import { Gathered } from '../source/gathered.ts';
import type { LiveEligibility, LiveRecords } from '../source/live-records.ts';
import { cacheEntrySchema, type Dated, type LiveAnswer, type Question } from '../source/question.ts';
import type { ReadThrough } from '../source/read-through.ts';

/** What is known of an account; null when there is no such account. */
type Row = LiveEligibility | null;

const row = z.object({
  internetEligibility: z.string().nullable(),
  eligibilitySource: z.string().nullable(),
});
const rowEntry = cacheEntrySchema<Row>(row.nullable());

const object: MirroredObjectName = 'Account';

export interface AccountEligibility extends LiveEligibility {
  /** 18 characters. */
  readonly id: string;
  readonly eligibility: Eligibility;
}

export interface EligibilityReaderOptions {
  readonly readThrough: ReadThrough;
  readonly shadow: ShadowReads;
  readonly live: LiveRecords;
  readonly mappingVersion: string;
  readonly boundSeconds: number;
}

/** Eligibility of one account. What is older than its bound is asked of Salesforce while the budget lasts. */
export class EligibilityReader {
  readonly #options: EligibilityReaderOptions;
  readonly #question: Question<Row>;

  constructor(options: EligibilityReaderOptions) {
    this.#options = options;
    const gathered = new Gathered((ids: readonly string[]) => this.#shadow(ids));
    this.#question = {
      area: 'eligibility',
      name: 'eligibility',
      boundSeconds: options.boundSeconds,
      readFor: 'catalogue',
      liveWhenStale: true,
      popular: false,
      scopesOf: (id) => [accountScope(id)],
      caching: {
        entry: rowEntry,
        keyOf: (id) => eligibilityKey(options, id),
        isAbsence: (value) => value === null,
      },
      shadow: (ids) => gathered.ask(ids),
      live: (ids, outdated) => this.#live(ids, outdated),
    };
  }

  /** @throws UmbraError INPUT_INVALID for a malformed id, READ_NOT_FOUND for an unknown account */
  async of(accountId: string, demand: Demand = anyAge): Promise<Part<AccountEligibility>> {
    const id = widenRecordId(accountId);
    if (id === undefined || !id.startsWith(account.keyPrefix)) {
      throw new UmbraError('INPUT_INVALID', 'The account id is malformed', {
        problems: [`accountId: is no account id (15 or 18 characters, beginning with ${account.keyPrefix})`],
      });
    }
    const part = await this.#options.readThrough.askOne(this.#question, id, demand);
    if (part.value === null) {
      throw new UmbraError('READ_NOT_FOUND', 'There is no such account', {
        details: { source: part.source, asOf: part.asOf.toISOString() },
      });
    }
    const { internetEligibility, eligibilitySource } = part.value;
    const eligibility = eligibilityOf(internetEligibility);
    return { ...part, value: { id, internetEligibility, eligibilitySource, eligibility } };
  }

  /**
   * A row is proven by the object's coverage, or by the newest full read of the record itself, whichever reaches
   * further, and not beyond a gap that no read has resolved. Both allow for the staleness of Salesforce's own copies.
   */
  async #shadow(ids: readonly string[]): Promise<ReadonlyMap<string, Dated<Row>>> {
    const { coveredAt, rows } = await this.#options.shadow.eligibility(ids);
    const found = new Map(rows.map((each) => [each.accountId, each]));
    return new Map(
      ids.flatMap((id) => {
        const dated = datedRow(found.get(id), coveredAt);
        return dated === undefined ? [] : [[id, dated] as const];
      }),
    );
  }

  async #live(ids: readonly string[], outdated: ReadonlyMap<string, Dated<Row>>): Promise<LiveAnswer<Row>> {
    // Of an account that neither knows there is nothing to refresh: callers could fill the queue with made-up ids.
    const shown: string[] = [];
    const answers = await Promise.all(
      ids.map(async (id) => {
        const { rows, at } = await this.#options.live.eligibility(id);
        const value = rows[0] ?? null;
        if (value !== null || (outdated.get(id)?.value ?? null) !== null) shown.push(id);
        return [id, { value, asOf: at }] as const;
      }),
    );
    const values = new Map(answers);
    return { values, shown: shown.length === 0 ? [] : [{ object, ids: shown }] };
  }
}

/** @returns undefined when nothing proves that the account is as found, or that there is none */
function datedRow(found: EligibilityRow | undefined, coveredAt: Date | undefined): Dated<Row> | undefined {
  const readAt = found?.readAt ?? null;
  const proven = latest(coveredAt, readAt === null ? undefined : provenThrough(readAt));
  if (proven === undefined) return undefined;
  if (found === undefined) return { value: null, asOf: proven };
  const { internetEligibility, eligibilitySource } = found;
  return { value: { internetEligibility, eligibilitySource }, asOf: asOfWith(proven, [found]) };
}

function latest(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one > other ? one : other;
}
