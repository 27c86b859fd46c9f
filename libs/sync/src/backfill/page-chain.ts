import { UmbraError, type BulkPage, type LandedPage } from '@umbra/domain';
import { tuningOf, type BackfillDeps } from './backfill-deps.ts';
import { retryingPage } from './page-retry.ts';
import { throwIfStopped } from './stop.ts';

/**
 * Walks the result sets of a job. Each names the next one at its head, so the following page is asked for while the
 * rows of this one still flow; `pagesAtOnce` bounds how many are under way.
 */
export interface ChainOptions {
  readonly jobId: string;
  /** Pages that need no fetching any more, by locator. */
  readonly landed: ReadonlyMap<string, LandedPage>;
  readonly signal: AbortSignal;
  /** Rows per result set; default: as many as are allowed. */
  readonly pageRows?: number;
  /**
   * Takes a page in. A failure of any page ends the walk.
   * @param again fetches the same page anew, for a second attempt
   */
  readonly take: (locator: string, page: BulkPage, again: () => Promise<BulkPage>) => Promise<void>;
}

/** A server that hands out one locator again and again would keep us for ever. */
const REPEATS = 3;

/** @throws UmbraError what `take` or the source throws; SF_RESPONSE_INVALID when the chain runs in a circle */
export async function walkPages(
  deps: Pick<BackfillDeps, 'bulk' | 'clock' | 'mirror' | 'tuning'>,
  options: ChainOptions,
): Promise<void> {
  const { pagesAtOnce, pageRows: most } = tuningOf(deps);
  const { jobId, pageRows = most } = options;
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const visited = new Set<string>();
  try {
    for (let locator: string | null = ''; locator !== null;) {
      visited.add(locator);
      const done: LandedPage | undefined = options.landed.get(locator);
      if (done !== undefined) {
        locator = done.nextLocator;
        continue;
      }
      while (underWay.size >= pagesAtOnce) await Promise.race(underWay);
      if (failures.length > 0) break;
      throwIfStopped(options.signal);
      const at: string = locator;
      const page: BulkPage = await retryingPage(deps, options.signal, () =>
        fetchPage(deps, { jobId, locator: at, pageRows }, visited),
      );
      const taking: Promise<void> = options
        .take(at, page, () => samePage(deps, { jobId, locator: at, pageRows }, page))
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => underWay.delete(taking));
      underWay.add(taking);
      locator = page.next;
    }
  } finally {
    await Promise.all(underWay);
  }
  if (failures.length > 0) throw failures[0];
}

interface PageAddress {
  readonly jobId: string;
  readonly locator: string;
  readonly pageRows: number;
}

/** A page whose successor we have seen already is asked for once more: a locator may be handed out twice. */
async function fetchPage(
  deps: Pick<BackfillDeps, 'bulk'>,
  { jobId, locator, pageRows }: PageAddress,
  visited: ReadonlySet<string>,
): Promise<BulkPage> {
  for (let attempt = 0; attempt < REPEATS; attempt++) {
    const page = await deps.bulk.page(jobId, locator, pageRows);
    if (page.next === null || !visited.has(page.next)) return page;
    await discardPage(page);
  }
  throw new UmbraError('SF_RESPONSE_INVALID', 'the pages of a Bulk job lead in a circle', {
    details: { jobId },
  });
}

/** A page once more. The server may cut result sets as it likes, but the walk has gone on from the first answer. */
async function samePage(
  deps: Pick<BackfillDeps, 'bulk'>,
  { jobId, locator, pageRows }: PageAddress,
  first: BulkPage,
): Promise<BulkPage> {
  const page = await deps.bulk.page(jobId, locator, pageRows);
  if (page.next === first.next && page.promised === first.promised) return page;
  await discardPage(page);
  throw new UmbraError('SF_RESPONSE_INVALID', 'a page of a Bulk job changed between two reads', {
    details: { jobId },
  });
}

/** Gives a page up, read or not, so that its connection is free again. */
export async function discardPage(page: BulkPage): Promise<void> {
  await page.batches[Symbol.asyncIterator]().return?.();
}
