/**
 * What a server is started for. `stack`: people's data, kept and durable. `tests`: gone with the run, so durability is
 * off, and databases may be cloned. `bench`: gone with the run too, but durable, since durability is part of the cost.
 */
export type ServicePurpose = 'stack' | 'tests' | 'bench';
