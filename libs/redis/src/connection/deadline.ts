import { UmbraError } from '@umbra/domain';

/**
 * The command's answer, or QUEUE_UNAVAILABLE after `ms`. The command itself goes on: whether it was carried out is
 * unknown, so only what may be repeated goes through here.
 *
 * A process that is too busy to look for `ms` finds the timer and the answer at once, the timer first. What has arrived
 * by then counts: otherwise Redis would seem away to whoever has the most to ask of it.
 */
export async function within<T>(ms: number, command: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let lastLook: NodeJS.Immediate | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void =>
      reject(new UmbraError('QUEUE_UNAVAILABLE', `Redis did not answer within ${ms} ms`));
    timer = setTimeout(() => (lastLook = setImmediate(giveUp)), ms);
  });
  // Lost the race: its later failure is nobody's news.
  command.catch(() => undefined);
  try {
    return await Promise.race([command, late]);
  } finally {
    clearTimeout(timer);
    clearImmediate(lastLook);
  }
}
