import type { Change } from '../org/commit.ts';
import type { Org } from '../org/org.ts';
import type { SfRecord } from '../org/record.ts';
import type { PubsubKnobs } from './pubsub-knobs.ts';

const nothing: SfRecord = {};

/**
 * Values that travel with an event although the change does not name them: formulas, where the org sends them, and
 * enriched fields. Salesforce enriches on channels of several objects alone; here it shows on every topic.
 */
export function extraValues(
  org: Org,
  { formulaInEvents, enrichedFields }: PubsubKnobs,
): (change: Change) => SfRecord {
  if (!formulaInEvents && Object.keys(enrichedFields).length === 0) return () => nothing;
  return ({ object, recordId, changeType }) => {
    const isWhole = changeType === 'CREATE' || changeType === 'UNDELETE';
    const formulas = (org.schema.object(object)?.fields ?? [])
      .filter((field) => field.calculated === true && !org.schema.isHidden(object, field.name))
      .map((field) => field.name);
    const fields = isWhole ? (formulaInEvents ? formulas : []) : (enrichedFields[object] ?? []);
    if (fields.length === 0) return nothing;
    const snapshot = org.truth();
    try {
      return snapshot.get(object, recordId, { all: true, fields }) ?? nothing;
    } finally {
      snapshot.release();
    }
  };
}
