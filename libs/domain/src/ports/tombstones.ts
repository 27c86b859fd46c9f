/** Records that are gone. Their versions are kept for 30 days, so that nothing older brings them back. */
export interface Tombstones {
  /**
   * Removes tombstones whose time is over and raises the floor of their objects to the newest version removed, in one
   * transaction: an event at or below the floor of a record that nobody knows is read anew, never applied.
   * @returns how many went, or would go
   */
  purge(limit: number, dryRun?: boolean): Promise<number>;
}
