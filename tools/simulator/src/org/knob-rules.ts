import { z } from 'zod';
import type { Knobs } from './knobs.ts';

const share = z.number().min(0).max(1);
const seconds = z.number().min(0);
const count = z.number().int().min(0);

const knobRules = z.strictObject({
  readLag: seconds.default(0),
  commitDelay: seconds.default(0),
  // A read lag goes to 400 s.
  statesKept: seconds.default(600),
  commitNumberDigits: z.union([z.literal(19), z.literal(13)]).default(19),
  hideRows: z.union([share, z.record(z.string(), share)]).default(0),
  // Enterprise Edition: 100,000 and 1,000 for each of 50 licences.
  dailyLimit: count.default(150_000),
  longCallsLimit: count.default(25),
  longCallsTaken: count.default(0),
  limitsLag: seconds.default(0),
  limitInfoSuffix: z.string().default(''),
  dailyBatchKey: z.enum(['DailyBulkApiBatches', 'DailyBulkApiRequests']).default('DailyBulkApiBatches'),
  bulkJobsPerDay: count.default(10_000),
  bulkStoragePerDayMb: count.default(976_562),
  // Two hours: the usual session timeout.
  tokenLife: seconds.default(7_200),
  jwtMaxAhead: seconds.default(300),
  jwtMyDomainAudience: z.boolean().default(true),
  loginsPerHour: count.default(3_600),
  upsertUpdateStatus: z.union([z.literal(200), z.literal(204)]).default(200),
  queryPageSize: z.number().int().min(1).max(2_000).default(2_000),
  queryLocatorLife: seconds.default(172_800),
  slowState: seconds.default(0),
  jobFails: share.default(0),
  jobFailsMessage: z.string().default(''),
  jobVanishes: share.default(0),
  maxResultRows: count.default(0),
  shortPage: count.default(0),
  wrongCount: z.number().int().default(0),
  locatorTwice: z.boolean().default(false),
  nulInText: z.boolean().default(false),
  resultPagesKey: z.enum(['nextRecordsUrl', 'nextRecordUrl']).default('nextRecordsUrl'),
  csvHeaderEveryPage: z.boolean().default(true),
  resultsBeforeComplete: z.union([z.literal(400), z.literal(204)]).default(400),
  bulkOrderByRefused: z.boolean().default(false),
  bulkFieldSize: count.default(131_072),
  jobLifeDays: count.default(7),
});

/** A knob that does not exist or cannot have that value; `problems` names each. */
export class InvalidKnob extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'InvalidKnob';
    this.problems = problems;
  }
}

/** All knobs, those of the patch changed and the rest as before. Throws InvalidKnob naming every problem. */
export function knobsWith(patch: Partial<Knobs>, before: Partial<Knobs> = {}): Knobs {
  const parsed = knobRules.safeParse({ ...before, ...patch });
  if (parsed.success) return parsed.data;
  throw new InvalidKnob(
    parsed.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'knobs'}: ${issue.message}`),
  );
}
