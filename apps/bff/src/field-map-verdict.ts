import {
  isUmbraError,
  mirroredObjectNames,
  settledRules,
  UmbraError,
  type FieldMap,
  type FleetText,
  type ObjectDescribe,
  type RecordSource,
} from '@umbra/domain';
import { z } from 'zod';

/** How long a configuration that fits counts as fitting, in seconds. */
const FITS_SECONDS = 3_600;
/** How long one that does not fit is taken for that, in seconds: whoever mends it starts the process again soon. */
const UNFIT_SECONDS = 30;

const unfitCodes = ['SF_FIELD_MISSING', 'SYNC_CURRENCY_MISSING'] as const;

const verdictShape = z.object({
  warnings: z.array(z.string()),
  unfit: z
    .object({ code: z.enum(unfitCodes), message: z.string(), problems: z.array(z.string()) })
    .nullable(),
});

type Verdict = z.infer<typeof verdictShape>;

export interface FieldMapVerdict {
  /** One sentence each, for the log at start. */
  readonly warnings: readonly string[];
  /** Why the configuration does not fit: SF_FIELD_MISSING or SYNC_CURRENCY_MISSING; null when it does. */
  readonly unfit: UmbraError | null;
}

export interface FieldMapVerdictOptions {
  readonly texts: FleetText;
  /** The same for the same configuration and org, and for no other. */
  readonly name: string;
  /** Asked by one process of the fleet while its answer is fresh. */
  readonly records: Pick<RecordSource, 'describe'>;
  readonly fieldMap: FieldMap;
  /** `SF_DEFAULT_CURRENCY`, or null */
  readonly defaultCurrency: string | null;
}

/**
 * Whether the configuration fits the org, for a process that needs no more than that: the fleet asks Salesforce once,
 * however many processes start.
 * @throws UmbraError SF_* when Salesforce has to be asked and cannot be
 */
export async function fieldMapVerdict(options: FieldMapVerdictOptions): Promise<FieldMapVerdict> {
  const text = await options.texts.agree(
    `rules:${options.name}`,
    (known) => readVerdict(known) !== undefined,
    async () => {
      const verdict = await judged(options);
      const lifeSeconds = verdict.unfit === null ? FITS_SECONDS : UNFIT_SECONDS;
      return { text: JSON.stringify(verdict), lifeSeconds };
    },
  );
  const { unfit = null, warnings = [] } = readVerdict(text) ?? {};
  if (unfit === null) return { warnings, unfit };
  return { warnings, unfit: new UmbraError(unfit.code, unfit.message, { problems: unfit.problems }) };
}

async function judged({ defaultCurrency, fieldMap, records }: FieldMapVerdictOptions): Promise<Verdict> {
  const describes: ObjectDescribe[] = [];
  for (const name of mirroredObjectNames) describes.push(await records.describe(name));
  try {
    return { warnings: [...settledRules(describes, fieldMap, defaultCurrency).warnings], unfit: null };
  } catch (error) {
    const code = unfitCodes.find((each) => isUmbraError(error) && error.code === each);
    if (code === undefined || !isUmbraError(error)) throw error;
    return { warnings: [], unfit: { code, message: error.message, problems: [...error.problems] } };
  }
}

/** What the fleet shares may have been written by another release, or by nobody of ours. */
function readVerdict(text: string): Verdict | undefined {
  try {
    return verdictShape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
