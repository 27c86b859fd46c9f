import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UmbraError, type Archive } from '@umbra/domain';

/** Name of a file within the archive: two levels at most, nothing that leads out of it. */
const NAME = /^[a-z][a-z0-9-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/;
const PARTIAL = '.partial';

/**
 * The archive as a folder. A file is written under another name, flushed to the disk and then renamed, so that one
 * which is there is whole. Only the owner may read: raw events hold what the records hold.
 */
export class FolderArchive implements Archive {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#path(name);
    const draft = `${path}.${randomUUID().slice(0, 8)}${PARTIAL}`;
    const source = new Watched(content);
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await pipeline(
        Readable.from(source),
        createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }),
      );
      await rename(draft, path);
      await flushFolder(dirname(path));
    } catch (error) {
      await rm(draft, { force: true });
      throw source.failure === undefined ? unavailable(error, name) : error;
    }
  }

  async *read(name: string): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of createReadStream(this.#path(name))) yield chunk as Buffer;
    } catch (error) {
      throw unavailable(error, name);
    }
  }

  async list(): Promise<readonly string[]> {
    try {
      const folders = (await readdir(this.#folder, { withFileTypes: true })).filter((entry) =>
        entry.isDirectory(),
      );
      const names: string[] = [];
      for (const folder of folders)
        for (const file of await readdir(join(this.#folder, folder.name)))
          if (!file.endsWith(PARTIAL)) names.push(`${folder.name}/${file}`);
      return names.sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw unavailable(error, '');
    }
  }

  #path(name: string): string {
    if (!NAME.test(name)) throw new RangeError('not the name of a file of the archive');
    return join(this.#folder, name);
  }
}

/** Tells a failure of the source from one of the disk. */
class Watched implements AsyncIterable<Uint8Array> {
  failure: unknown;
  readonly #content: AsyncIterable<Uint8Array>;

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#content = content;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#content;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

/** The rename itself is in the folder, which the disk has to know as well. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

function unavailable(cause: unknown, file: string): UmbraError {
  return isMissing(cause)
    ? new UmbraError('STORE_ARCHIVE_MISSING', 'a file is not in the archive', { cause, details: { file } })
    : new UmbraError('STORE_ARCHIVE_UNAVAILABLE', 'the archive cannot be read or written', {
        cause,
        details: { file },
      });
}
