import type { EventBus } from './event-bus.ts';
import type { PubsubKnobs } from './pubsub-knobs.ts';
import { topicDenied, topicNotFound, type StreamEnd } from './stream-end.ts';

/** What a topic name stands for. */
export interface Topic {
  readonly name: string;
  readonly entities: ReadonlySet<string>;
  /** The one object of a single-entity topic; channels have no schema of their own. */
  readonly entity: string | undefined;
}

const topicOf = (object: string): string =>
  `/data/${object.endsWith('__c') ? `${object.slice(0, -3)}__` : object}ChangeEvent`;

/** Undefined for a topic that does not exist, or whose object is not captured. Names are case-sensitive. */
function findTopic(name: string, knobs: PubsubKnobs): Topic | undefined {
  if (name === '/data/ChangeEvents') return { name, entities: new Set(knobs.entities), entity: undefined };
  const entity = knobs.entities.find((object) => topicOf(object) === name);
  if (entity !== undefined) return { name, entities: new Set([entity]), entity };
  const members = name.startsWith('/data/') ? knobs.channels[name.slice('/data/'.length)] : undefined;
  return members && { name, entities: new Set(members), entity: undefined };
}

/** The topic, or why the caller does not get it. */
export function openTopic(name: string, { knobs, tenant }: EventBus): Topic | StreamEnd {
  if (knobs.deniedTopics.includes(name)) return topicDenied(knobs.topicPermissionStatus, tenant, name);
  return findTopic(name, knobs) ?? topicNotFound(tenant, name);
}
