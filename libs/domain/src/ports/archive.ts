/**
 * A place for whole files that are kept longer than their tables: a folder by default, an object store elsewhere.
 * A file never changes under its name.
 */
export interface Archive {
  /**
   * Takes a whole file. It exists under its name only once all of it is safely stored; a failed write leaves nothing.
   * @throws UmbraError STORE_ARCHIVE_UNAVAILABLE; what `content` throws goes through as it is
   */
  write(name: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** @throws UmbraError STORE_ARCHIVE_MISSING, STORE_ARCHIVE_UNAVAILABLE while iterating */
  read(name: string): AsyncIterable<Uint8Array>;
  /** Names in byte order. @throws UmbraError STORE_ARCHIVE_UNAVAILABLE */
  list(): Promise<readonly string[]>;
}
