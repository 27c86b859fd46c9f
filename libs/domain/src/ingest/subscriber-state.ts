/**
 * What a subscriber of one topic is doing, and what each happening leads to.
 *
 * Promise: at most one worker streams a topic; a position that Salesforce refuses, that was lost for longer than the bus
 * remembers, or that belongs to another org, leads to a new epoch and to EARLIEST, never to a silent jump ahead; everything else resumes from the stored
 * position. A boolean and a counter could not say which of the waits a subscriber is in, nor what may end it.
 *
 * | state | meaning |
 * |---|---|
 * | idle | not started, or switched off |
 * | acquiring | asks for the lease |
 * | waiting-for-lease | another worker streams; asks again after a pause |
 * | checking-org | holds the lease, compares the org with the one its position belongs to |
 * | raising-epoch | declares the hole, then begins a new numbering |
 * | connecting | has opened the subscription, nothing has come yet |
 * | streaming | messages come |
 * | backing-off | the stream ended; resumes after a pause |
 * | waiting-for-allocation | the day's deliveries are used up; resumes after a longer pause |
 * | stopped | final |
 */
export const subscriberStates = [
  'idle',
  'acquiring',
  'waiting-for-lease',
  'checking-org',
  'raising-epoch',
  'connecting',
  'streaming',
  'backing-off',
  'waiting-for-allocation',
  'stopped',
] as const;

export type SubscriberState = (typeof subscriberStates)[number];

export const subscriberEvents = [
  'start',
  'lease-taken',
  'lease-refused',
  'lease-lost',
  'org-same',
  'org-changed',
  'epoch-raised',
  'message',
  'position-refused',
  'position-lost',
  'numbers-restarted',
  'allocation-used-up',
  'ended',
  'waited',
  'stop',
] as const;

export type SubscriberEvent = (typeof subscriberEvents)[number];

/** `unexpected`: the pair cannot come about; meeting it is a defect. */
type Next = SubscriberState | 'unexpected';

const nowhere = {
  start: 'unexpected',
  'lease-taken': 'unexpected',
  'lease-refused': 'unexpected',
  'lease-lost': 'unexpected',
  'org-same': 'unexpected',
  'org-changed': 'unexpected',
  'epoch-raised': 'unexpected',
  message: 'unexpected',
  'position-refused': 'unexpected',
  'position-lost': 'unexpected',
  'numbers-restarted': 'unexpected',
  'allocation-used-up': 'unexpected',
  ended: 'unexpected',
  waited: 'unexpected',
  stop: 'stopped',
} as const satisfies Record<SubscriberEvent, Next>;

/** A lost lease is asked for again at once: the answer tells whether somebody else has it. */
const holding = { ...nowhere, 'lease-lost': 'acquiring', ended: 'backing-off' } as const;

/** States × events, each pair decided. A forgotten pair does not compile. */
export const subscriberTable: Readonly<Record<SubscriberState, Readonly<Record<SubscriberEvent, Next>>>> = {
  idle: { ...nowhere, start: 'acquiring' },
  acquiring: {
    ...nowhere,
    'lease-taken': 'checking-org',
    'lease-refused': 'waiting-for-lease',
    ended: 'backing-off',
  },
  'waiting-for-lease': { ...nowhere, waited: 'acquiring' },
  'checking-org': {
    ...holding,
    'org-same': 'connecting',
    'org-changed': 'raising-epoch',
    'position-lost': 'raising-epoch',
  },
  'raising-epoch': { ...holding, 'epoch-raised': 'connecting' },
  connecting: {
    ...holding,
    message: 'streaming',
    'position-refused': 'raising-epoch',
    'allocation-used-up': 'waiting-for-allocation',
  },
  streaming: {
    ...holding,
    message: 'streaming',
    'position-refused': 'raising-epoch',
    'numbers-restarted': 'raising-epoch',
    'allocation-used-up': 'waiting-for-allocation',
  },
  'backing-off': { ...nowhere, waited: 'acquiring' },
  'waiting-for-allocation': { ...nowhere, waited: 'acquiring' },
  stopped: {
    start: 'stopped',
    'lease-taken': 'stopped',
    'lease-refused': 'stopped',
    'lease-lost': 'stopped',
    'org-same': 'stopped',
    'org-changed': 'stopped',
    'epoch-raised': 'stopped',
    message: 'stopped',
    'position-refused': 'stopped',
    'position-lost': 'stopped',
    'numbers-restarted': 'stopped',
    'allocation-used-up': 'stopped',
    ended: 'stopped',
    waited: 'stopped',
    stop: 'stopped',
  },
};

/** @throws RangeError for a pair that cannot come about */
export function nextSubscriberState(state: SubscriberState, event: SubscriberEvent): SubscriberState {
  const next = subscriberTable[state][event];
  if (next === 'unexpected') throw new RangeError(`a subscriber that is ${state} met ${event}`);
  return next;
}
