import type { FieldMap, ProjectionRules } from '@umbra/domain';
import { RecordingLog } from '@umbra/testing';
import { Mirror } from '../src/index.ts';
import { MemoryShadow } from './memory-shadow.ts';

export const fieldMap: FieldMap = {
  Product2: {
    sku: 'StockKeepingUnit',
    item_class: 'Item_Class__c',
    offering_type: 'Internet_Offering_Type__c',
    plan_tier: 'Internet_Plan_Tier__c',
    vpn_region: 'VPN_Region__c',
  },
  Account: {
    internet_eligibility: 'Internet_Eligibility__c',
    eligibility_source: 'Internet_Eligibility_Source__c',
  },
  areas: {
    'internet.plans': ['Internet Plan'],
    'internet.addons': ['Internet Add-on'],
    'sim.plans': ['SIM Plan'],
    'sim.addons': ['SIM Add-on'],
    'vpn.plans': ['VPN Plan'],
    'vpn.addons': ['VPN Add-on'],
  },
};

export interface MemoryMirror {
  readonly mirror: Mirror;
  readonly shadow: MemoryShadow;
  readonly log: RecordingLog;
  readonly invalidated: string[];
}

export function memoryMirror(
  rules: ProjectionRules = { fieldMap, defaultCurrency: null },
  shadow = new MemoryShadow(),
): MemoryMirror {
  const log = new RecordingLog();
  const invalidated: string[] = [];
  const cache = {
    invalidate: (scopes: readonly string[]) => {
      invalidated.push(...scopes);
      return Promise.resolve();
    },
    invalidateAllCatalogs: () => Promise.resolve(),
  };
  return { mirror: new Mirror({ store: shadow, cache, rules, log }), shadow, log, invalidated };
}
