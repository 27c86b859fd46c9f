import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { KeptRow, LandedPage, PageKeeper, ShadowTransaction, StagedRow } from '@umbra/domain';
import { execute } from '../connection-pool.ts';
import { connectionOf } from '../shadow-transaction.ts';
import { sql } from '../sql.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Characters compressed at once: large enough to compress well, small enough to be read back in one piece. */
const PART_CHARACTERS = 4 * 1024 * 1024;
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
  #text = '';
  #rows = 0;

  async take(rows: readonly StagedRow[]): Promise<void> {
    for (const row of rows) this.#text += keptLine(row);
    this.#rows += rows.length;
    if (this.#text.length < PART_CHARACTERS) return;
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
    const part = compress(this.#text, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } }).then(
      (body) => ({ rows, body }),
    );
    // Whoever stores the page hears of a failure; a page that is given up has nobody to tell.
    part.catch(() => undefined);
    this.#parts.push(part);
    this.#text = '';
    this.#rows = 0;
  }
}

/** JSON text has no raw tabs or line feeds. */
function keptLine({ alive, payload, recordId, srcModifiedAt }: StagedRow): string {
  return `${recordId}\t${alive ? '1' : '0'}\t${srcModifiedAt ?? ''}\t${payload}\n`;
}

/** Rows of a stored part. */
export async function keptRows(body: Buffer): Promise<readonly KeptRow[]> {
  const text = (await decompress(body)).toString('utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [recordId = '', alive = '', modified = '', payload = '{}'] = line.split('\t');
      return { recordId, alive: alive === '1', srcModifiedAt: modified === '' ? null : modified, payload };
    });
}
