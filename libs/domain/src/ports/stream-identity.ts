/**
 * Which database instance of which org the stored position of a topic belongs to. Commit numbers of another instance
 * are another numbering, and replay ids of it mean nothing here.
 */
export interface StreamIdentity {
  /** @returns undefined before the first subscription */
  known(topic: string): Promise<string | undefined>;
  /** @param identity `<org id>/<instance>` */
  remember(topic: string, identity: string): Promise<void>;
}
