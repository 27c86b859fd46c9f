import {
  isUmbraError,
  nextSubscriberState,
  RETENTION_MS,
  type EpochRaise,
  type ErrorCode,
  type StreamLease,
  type StreamPosition,
  type SubscriberEvent,
  type SubscriberState,
} from '@umbra/domain';
import { raiseEpoch } from './epoch.ts';
import { ingestTuning, type IngestDeps, type IngestTuning, type Topic } from './ingest-deps.ts';
import { LeaseGuard } from './lease-guard.ts';
import { OrgCheck } from './org-check.ts';
import { SilenceHoles } from './silence-holes.ts';
import { StreamSession } from './stream-session.ts';

/** What the end of a stream means; an error that is not listed resumes from the stored position. */
const eventOf: Partial<Record<ErrorCode, SubscriberEvent>> = {
  SYNC_FENCED: 'lease-lost',
  SF_STREAM_POSITION_REFUSED: 'position-refused',
  SF_STREAM_ALLOCATION: 'allocation-used-up',
};

/**
 * Streams one topic into the raw log until the signal is raised: lease, org, subscription, storage, and again.
 * States and transitions: `subscriberTable`.
 *
 * Promise: it never gives up and never throws; every failure is a state that ends by itself.
 */
export async function runSubscriber(deps: IngestDeps, topic: Topic, signal: AbortSignal): Promise<void> {
  await new Subscriber(deps, topic, signal).run();
}

class Subscriber {
  readonly #deps: IngestDeps;
  readonly #tuning: IngestTuning;
  readonly #topic: Topic;
  readonly #signal: AbortSignal;
  readonly #silence: SilenceHoles;
  readonly #org: OrgCheck;
  #state: SubscriberState = 'idle';
  #lease: StreamLease | undefined;
  #position: StreamPosition | undefined;
  #reason: EpochRaise = 'replay-refused';
  /** Failures since the last message. */
  #failures = 0;

  constructor(deps: IngestDeps, topic: Topic, signal: AbortSignal) {
    this.#deps = deps;
    this.#tuning = { ...ingestTuning, ...deps.tuning };
    this.#topic = topic;
    this.#signal = signal;
    this.#silence = new SilenceHoles(deps, topic);
    this.#org = new OrgCheck(deps, topic.name, this.#tuning.orgCheckMs);
  }

  async run(): Promise<void> {
    this.#move('start');
    while (this.#state !== 'stopped') {
      if (this.#signal.aborted) this.#move('stop');
      else this.#move(await this.#step());
    }
    await this.#release();
  }

  async #step(): Promise<SubscriberEvent> {
    try {
      switch (this.#state) {
        case 'acquiring':
          return await this.#acquire();
        case 'checking-org':
          return await this.#checkOrg();
        case 'raising-epoch':
          return await this.#raise();
        case 'connecting':
        case 'streaming':
          return await this.#stream();
        case 'waiting-for-lease':
          return await this.#wait(this.#tuning.renewMs);
        case 'backing-off':
          return await this.#wait(this.#backOff());
        case 'waiting-for-allocation':
          return await this.#wait(this.#tuning.allocationMs);
        case 'idle':
        case 'stopped':
          return 'stop';
      }
    } catch (error) {
      return await this.#failed(error);
    }
  }

  #move(event: SubscriberEvent): void {
    const from = this.#state;
    this.#state = nextSubscriberState(from, event);
    if (this.#state !== from) this.#deps.onState?.(this.#topic.name, this.#state);
  }

  async #acquire(): Promise<SubscriberEvent> {
    const { owner, streams } = this.#deps;
    const { name, objects } = this.#topic;
    this.#position = undefined;
    this.#lease = await streams.acquire(name, objects, owner, this.#tuning.leaseSeconds);
    if (this.#lease === undefined) return 'lease-refused';
    this.#position = await streams.position(this.#lease.streamId);
    await this.#silence.load();
    await this.#declareSilence();
    return 'lease-taken';
  }

  /** A refused position is looked into whenever it comes. */
  async #checkOrg(): Promise<SubscriberEvent> {
    if (this.#isPositionLost()) {
      this.#reason = 'replay-refused';
      return 'position-lost';
    }
    if (await this.#org.isSame()) return 'org-same';
    this.#reason = 'org-changed';
    return 'org-changed';
  }

  /**
   * A topic that never had a position to resume from begins at the earliest event each time. After longer than the bus
   * remembers that is a jump ahead, which nobody would refuse.
   */
  #isPositionLost(): boolean {
    const { clock, sourceTime = (ours: Date) => ours } = this.#deps;
    const { evidenceAt, replayId } = this.#held().position;
    if (replayId !== null || evidenceAt === null) return false;
    return sourceTime(clock.now()).getTime() - evidenceAt.getTime() >= RETENTION_MS;
  }

  async #raise(): Promise<SubscriberEvent> {
    const { lease } = this.#held();
    await raiseEpoch(this.#deps, this.#topic, lease, this.#reason);
    this.#position = await this.#deps.streams.position(lease.streamId);
    this.#org.accepted();
    // Their proof would be a resume, and there is none any more.
    this.#silence.forget();
    return 'epoch-raised';
  }

  async #stream(): Promise<SubscriberEvent> {
    const { lease, position } = this.#held();
    const session = new StreamSession(this.#deps, this.#tuning, this.#topic, lease, position, this.#silence);
    const stream = this.#deps.source.open(
      this.#topic.name,
      position.replayId === null ? { kind: 'earliest' } : { kind: 'after', replayId: position.replayId },
    );
    const guard = new LeaseGuard(this.#deps, this.#tuning, lease, stream, {
      seen: () => session.position.nextSeq,
      isSameOrg: () => this.#org.isSame(),
    });
    const onAbort = (): void => stream.close();
    this.#signal.addEventListener('abort', onAbort, { once: true });
    try {
      for await (const message of stream) {
        this.#move('message');
        this.#failures = 0;
        const taken = await session.take(stream, message);
        if (taken === 'numbers-restarted') {
          this.#reason = 'numbers-restarted';
          return 'numbers-restarted';
        }
        if (guard.lost) return 'lease-lost';
      }
      if (this.#signal.aborted) return 'stop';
      return guard.lost ? 'lease-lost' : 'ended';
    } finally {
      this.#position = session.position;
      this.#signal.removeEventListener('abort', onAbort);
      stream.close();
      await guard.stop();
    }
  }

  #held(): { readonly lease: StreamLease; readonly position: StreamPosition } {
    if (this.#lease === undefined || this.#position === undefined) {
      throw new RangeError('a subscriber streams without a lease');
    }
    return { lease: this.#lease, position: this.#position };
  }

  async #failed(error: unknown): Promise<SubscriberEvent> {
    if (this.#signal.aborted) return 'stop';
    const code = isUmbraError(error) ? error.code : undefined;
    this.#deps.log.warn({ err: error, topic: this.#topic.name, state: this.#state }, 'stream interrupted');
    this.#failures++;
    const event = code === undefined ? undefined : eventOf[code];
    const isOpen = this.#state === 'connecting' || this.#state === 'streaming';
    if (event === 'position-refused' && isOpen) this.#reason = 'replay-refused';
    // Whoever was replaced while it stood still knows nothing of a silence, and its heir would not know of the hole.
    if (event === 'lease-lost') this.#position = undefined;
    else if (code === 'SF_STREAM_SILENT' || code === 'SF_STREAM_ALLOCATION') await this.#declareSilence(true);
    else await this.#declareSilence();
    if (event === 'lease-lost' && this.#state !== 'acquiring') return event;
    return event !== undefined && isOpen ? event : 'ended';
  }

  /** A hole that cannot be written now is written at the next attempt; the claim itself does not move meanwhile. */
  async #declareSilence(now = false): Promise<void> {
    const { clock, log, sourceTime = (ours: Date) => ours } = this.#deps;
    const position = this.#position;
    if (position === undefined || position.evidenceAt === null) return;
    const silentFor = sourceTime(clock.now()).getTime() - position.evidenceAt.getTime();
    if (!now && silentFor < this.#tuning.silentAfterMs) return;
    try {
      await this.#silence.declare(position);
    } catch (error) {
      log.debug({ err: error, topic: this.#topic.name }, 'silence not noted yet');
    }
  }

  #backOff(): number {
    const { first, longest } = this.#tuning.backOffMs;
    return Math.min(longest, first * 2 ** Math.min(20, Math.max(0, this.#failures - 1)));
  }

  async #wait(ms: number): Promise<SubscriberEvent> {
    await this.#deps.clock.sleep(ms, this.#signal).catch(() => undefined);
    return this.#signal.aborted ? 'stop' : 'waited';
  }

  /** Lets the next owner begin at once instead of after the lease has run out. */
  async #release(): Promise<void> {
    if (this.#lease === undefined) return;
    try {
      await this.#deps.streams.release(this.#lease);
    } catch (error) {
      this.#deps.log.debug({ err: error, topic: this.#topic.name }, 'lease is left to run out');
    }
  }
}
