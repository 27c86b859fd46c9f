import { decodeVersion, eventVersion, type Hole, type StreamPosition } from '@umbra/domain';
import type { IngestDeps, Topic } from './ingest-deps.ts';

/**
 * Holes of a topic that was silent: nothing came for too long, or nobody listened. A resume that Salesforce accepted
 * at the stored position closes them as soon as the stream has come past the time they were opened, since it then
 * has delivered everything in between. One of an earlier epoch is left to the full read that its raise asks for.
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
  async load(epoch: number): Promise<void> {
    this.#open = (await this.#deps.ledger.openHoles()).filter(
      (hole) =>
        hole.cause === 'stream-silent' &&
        this.#topic.objects.includes(hole.object) &&
        hole.version !== null &&
        decodeVersion(hole.version).epoch === epoch,
    );
  }

  async declare({ commitNumber, epoch, evidenceAt }: StreamPosition): Promise<void> {
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
          version: eventVersion(epoch, commitNumber ?? 0n, 0),
        }),
      );
    }
    this.#open = opened;
  }

  /** @param evidence how far the resumed stream proves its topic, and is stored */
  async close(evidence: Date, epoch: number): Promise<void> {
    const closing = this.#open.filter(({ openedAt }) => openedAt <= evidence);
    if (closing.length === 0) return;
    this.#open = this.#open.filter((hole) => !closing.includes(hole));
    for (const { from, id, object } of closing) {
      const interval = {
        object,
        facet: 'rows',
        from,
        to: evidence,
        via: 'stream',
        epoch,
        runId: null,
      } as const;
      await this.#deps.ledger.prove(interval, [id]);
    }
  }

  forget(): void {
    this.#open = [];
  }
}
