import {
  mirroredObjectNames,
  type FieldMap,
  type Log,
  type LogFields,
  type MirroredObjectName,
} from '@umbra/domain';
import {
  catalogueSection,
  createLogger,
  exitCodes,
  loadEnv,
  loadFieldMap,
  PrometheusMeter,
  salesforceSection,
  systemClock,
  type EnvSource,
  type ExitCode,
} from '@umbra/platform';
import { openSalesforce, type ObjectNeed } from '@umbra/salesforce';
import type { Output, Streams } from '../output.ts';

/** Fields of every mirrored record that place it in time; most cannot be hidden. */
const always = ['Id', 'IsDeleted', 'CreatedDate', 'LastModifiedDate', 'SystemModstamp'];

/** Own fields that no field map names. */
const fixed: Readonly<Record<MirroredObjectName, readonly string[]>> = {
  Product2: ['Name', 'IsActive'],
  PricebookEntry: ['Product2Id', 'Pricebook2Id', 'UnitPrice', 'IsActive'],
  Account: [],
};

interface AccessReport {
  /** Granted and not needed. */
  readonly excess: readonly string[];
  /** Needed and not granted. */
  readonly missing: readonly string[];
  /** Reading beyond what is needed; fields of mirrored objects among it are mirrored into `raw_payload` too. */
  readonly readable: readonly string[];
  /** What a sign-in gives beyond the scope `api`. */
  readonly extraScopes: readonly string[];
}

/**
 * How the rights of the integration user and of its sign-in differ from what is needed, as the org itself tells them.
 * About ten calls; changes nothing.
 * @returns 65 when something is granted too much or too little
 * @throws UmbraError INPUT_CONFIGURATION, SF_*
 */
export async function runAccess(source: EnvSource, output: Output, streams: Streams): Promise<ExitCode> {
  const { env } = loadEnv({ salesforce: salesforceSection, catalogue: catalogueSection }, source);
  const fieldMap = loadFieldMap(env.catalogue.fieldMapFile);
  const { log } = createLogger({ service: 'ops', level: 'warn', sink: streams.stderr });
  const extraScopes: string[] = [];
  const salesforce = openSalesforce(env.salesforce, {
    clock: systemClock,
    log: listening(log, (fields) => {
      if (fields['event'] === 'sign-in-excess' && Array.isArray(fields['extraScopes']))
        extraScopes.push(...fields['extraScopes'].map(String));
    }),
    meter: new PrometheusMeter('ops'),
  });
  try {
    const needs = needsOf(fieldMap);
    const { excess, missing } = await salesforce.permissions(needs);
    const isReading = (right: string): boolean =>
      needs.some(
        ({ object }) =>
          right === `${object}: viewAll` || (right.startsWith(`${object}.`) && right.endsWith(': read')),
      );
    const report: AccessReport = {
      excess: excess.filter((right) => !isReading(right)),
      missing,
      readable: excess.filter(isReading),
      extraScopes,
    };
    output.answer(report, () => reportText(report));
    const fits = report.excess.length + report.missing.length + report.extraScopes.length === 0;
    return fits ? exitCodes.ok : exitCodes.different;
  } finally {
    await salesforce.close();
  }
}

/** Every mirrored object with its mapped fields, and the price books, of which one is chosen. */
function needsOf(fieldMap: FieldMap): ObjectNeed[] {
  const mapped: Partial<Record<MirroredObjectName, readonly string[]>> = {
    Product2: Object.values(fieldMap.Product2),
    Account: Object.values(fieldMap.Account),
  };
  return [
    ...mirroredObjectNames.map((object) => ({
      object,
      fields: [...always, ...fixed[object], ...(mapped[object] ?? [])],
      // Accounts are shared or hidden one by one: sweeps and change events see all of them only with it.
      viewAll: object === 'Account',
    })),
    { object: 'Pricebook2', fields: ['Id', 'IsStandard'], viewAll: false },
  ];
}

function reportText({ excess, missing, readable, extraScopes }: AccessReport): string {
  const lines = (title: string, rights: readonly string[]): string[] =>
    rights.length === 0 ? [] : [title, ...rights.map((right) => `  ${right}`)];
  return [
    ...lines('Granted and not needed:', excess),
    ...lines('Needed and not granted:', missing),
    ...lines('The sign-in grants beyond "api":', extraScopes),
    ...lines('Readable beyond the field map (fields of mirrored objects are mirrored too):', readable),
    excess.length + missing.length + extraScopes.length === 0
      ? 'The integration user has what it needs.'
      : '',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/** The same log, overheard. */
function listening(log: Log, hear: (fields: LogFields) => void): Log {
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => {
      hear(fields);
      log.warn(fields, message);
    },
    error: (fields, message) => log.error(fields, message),
    child: (fields) => listening(log.child(fields), hear),
  };
}
