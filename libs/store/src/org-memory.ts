import type { OrgFacts } from '@umbra/domain';
import type { ControlClient } from './control-client.ts';

/** The org that this database mirrors, as it was last seen. */
export interface KnownOrg extends OrgFacts {
  readonly seenAt: Date;
}

/** Keeps what is asked of Salesforce once, so that a start without Salesforce still knows it. */
export class OrgMemory {
  readonly #control: ControlClient;

  constructor(control: ControlClient) {
    this.#control = control;
  }

  async known(): Promise<KnownOrg | undefined> {
    const { org } = await this.#control.tables;
    const row = await org.findUnique({ where: { singleton: true } });
    if (row === null) return undefined;
    const { orgId, instance, isMultiCurrency, standardPricebookId, seenAt } = row;
    return { orgId, instance, isMultiCurrency, standardPricebookId, seenAt };
  }

  async remember(facts: OrgFacts): Promise<void> {
    const { org } = await this.#control.tables;
    const { orgId, instance, isMultiCurrency, standardPricebookId } = facts;
    const data = { orgId, instance, isMultiCurrency, standardPricebookId, seenAt: new Date() };
    await org.upsert({ where: { singleton: true }, create: data, update: data });
  }
}
