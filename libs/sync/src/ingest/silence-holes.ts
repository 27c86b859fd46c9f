import type { Hole, StreamPosition } from '@umbra/domain';
import type { IngestDeps, Topic } from './ingest-deps.ts';

/**
 * Holes of a topic that was silent: nothing came for too long, or nobody listened. A resume that Salesforce accepted
 * at the stored position closes them as soon as the stream has come past the time they were opened, since it then
 * has delivered everything in between. One from before the present proof began (a raise, a cursor moved by hand) is
 * left to the full read that such a break asks for.
 */
export class SilenceHoles {
  readonly #deps: Pick<IngestDeps, 'ledger'>;
  readonly #topic: Topic;
  #open: readonly Hole[] = [];

  constructor(deps: Pick<IngestDeps, 'ledger'>, topic: Topic) {
    this.#deps = deps;
    this.#topic = topic;
  }

  /** Finds those that an earlier owner left. */
  async load(): Promise<void> {
    this.#open = (await this.#deps.ledger.openHoles()).filter(
      ({ cause, object }) => cause === 'stream-silent' && this.#topic.objects.includes(object),
    );
  }

  async declare({ evidenceAt }: StreamPosition): Promise<void> {
    // Without evidence nothing was claimed that silence could break.
    if (evidenceAt === null) return;
    const opened: Hole[] = [];
    for (const object of this.#topic.objects) {
      opened.push(
        await this.#deps.ledger.open({
          object,
          scope: 'object',
          recordId: null,
          cause: 'stream-silent',
          from: evidenceAt,
          version: null,
        }),
      );
    }
    this.#open = opened;
  }

  /** @param position how far the resumed stream proves its topic, and is stored */
  async close({ epoch, evidenceAt, evidenceFrom }: StreamPosition): Promise<void> {
    if (evidenceAt === null || evidenceFrom === null) return;
    const closing = this.#open.filter(({ from, openedAt }) => openedAt <= evidenceAt && from >= evidenceFrom);
    if (closing.length === 0) return;
    this.#open = this.#open.filter((hole) => !closing.includes(hole));
    for (const { from, id, object } of closing) {
      const proven = { from, to: evidenceAt, via: 'stream', epoch, runId: null } as const;
      await this.#deps.ledger.prove({ object, facet: 'rows', ...proven }, [id]);
    }
  }

  forget(): void {
    this.#open = [];
  }
}
