import type { FieldMap } from '@umbra/domain';

/** Leads to the fields of `smallOrg`, which are those of the simulated org and of `config/field-map.yaml`. */
export const smallOrgFieldMap: FieldMap = {
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
    'sim.plans': ['SIM Plan', 'eSIM Plan'],
    'sim.addons': ['SIM Add-on'],
    'vpn.plans': ['VPN Plan'],
    'vpn.addons': ['VPN Add-on'],
  },
};
