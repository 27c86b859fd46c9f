import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { KeptRow, LandedPage, PageKeeper, ShadowTransaction } from '@umbra/domain';
import { execute } from '../connection-pool.ts';
import { connectionOf } from '../shadow-transaction.ts';
import { sql } from '../sql.ts';
import { rowOfCopyLine } from '../staging.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/**
 * Bytes compressed at once, about: large enough to compress well (at this level zstd looks back half of it), small
 * enough to be held while they gather and to be read back in one piece.
 */
const PART_BYTES = 1024 * 1024;
/** Rows of records resemble each other so much that more effort gains little: 2 % of the size at three times the cost. */
const LEVEL = 1;
/** Parts under compression beside the rows that come in. */
const AT_ONCE = 2;

interface Part {
  readonly rows: number;
  readonly body: Buffer;
}

/**
 * Rows of one page on their way by. They are compressed by other threads while the next ones arrive, and stay in
 * memory until the page has landed: about a tenth of its size.
 */
export class PgPageKeeper implements PageKeeper {
  readonly #parts: Promise<Part>[] = [];
  #lines: Uint8Array[] = [];
  #bytes = 0;
  #rows = 0;

  async take(lines: Uint8Array, received: number): Promise<void> {
    this.#lines.push(lines);
    this.#bytes += lines.length;
    this.#rows += received;
    if (this.#bytes < PART_BYTES) return;
    this.#close();
    await this.#parts.at(-AT_ONCE);
  }

  async store(
    tx: ShadowTransaction,
    run: string,
    slice: number,
    page: LandedPage,
    outdated: readonly string[],
  ): Promise<void> {
    if (this.#rows > 0) this.#close();
    const connection = connectionOf(tx);
    for (const [at, part] of this.#parts.entries()) {
      const { body, rows } = await part;
      await execute(
        connection,
        sql`INSERT INTO sf_kept_page (run, slice, job_id, locator, part, rows, outdated, body)
            SELECT run, slice, job_id, $3, $4, $5, $6, $7 FROM sf_backfill_slice WHERE run = $1 AND slice = $2`,
        [run, slice, page.locator, at, rows, outdated, body],
      );
    }
  }

  #close(): void {
    const rows = this.#rows;
    const params = { [constants.ZSTD_c_compressionLevel]: LEVEL };
    const part = compress(Buffer.concat(this.#lines), { params }).then((body) => ({ rows, body }));
    // Whoever stores the page hears of a failure; a page that is given up has nobody to tell.
    part.catch(() => undefined);
    this.#parts.push(part);
    this.#lines = [];
    this.#bytes = this.#rows = 0;
  }
}

/** Rows of a stored part. */
export async function keptRows(body: Buffer): Promise<readonly KeptRow[]> {
  const text = (await decompress(body)).toString('utf8');
  return text.split('\n').slice(0, -1).map(rowOfCopyLine);
}
