import { onOff, wholeNumber } from './texts.ts';
import { section, withDefault } from './variable.ts';

export const readsSection = section('Reads', {
  shadow: withDefault('true', {
    name: 'ENABLE_SF_SHADOW_READS',
    meaning: 'false: reads go from the cache to Salesforce and leave the shadow tables out.',
    schema: onOff,
  }),
  compare: withDefault('false', {
    name: 'ENABLE_SF_SHADOW_COMPARE',
    meaning:
      'true: reads are answered as if there were no shadow, and each answer of Salesforce is held against what the shadow says; differences are counted in sf_shadow_compare_total. For the time before readers are switched over.',
    schema: onOff,
  }),
  eligibilityStaleAfterSeconds: withDefault('900', {
    name: 'SF_ELIGIBILITY_STALE_AFTER_SECONDS',
    meaning:
      'Age from which an eligibility is called stale and read from Salesforce where the budget allows. Also the longest life of its cache entry.',
    schema: wholeNumber(1, 86_400),
  }),
  catalogStaleAfterSeconds: withDefault('3600', {
    name: 'SF_CATALOG_STALE_AFTER_SECONDS',
    meaning: 'Age from which a catalogue answer is called stale. Also the longest life of its cache entry.',
    schema: wholeNumber(1, 604_800),
  }),
});
