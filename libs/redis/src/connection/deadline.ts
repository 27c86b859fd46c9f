import { UmbraError } from '@umbra/domain';

/**
 * The command's answer, or QUEUE_UNAVAILABLE after `ms`. The command itself goes on: whether it was carried out is
 * unknown, so only what may be repeated goes through here.
 */
export async function within<T>(ms: number, command: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new UmbraError('QUEUE_UNAVAILABLE', `Redis did not answer within ${ms} ms`));
    }, ms);
  });
  // Lost the race: its later failure is nobody's news.
  command.catch(() => undefined);
  try {
    return await Promise.race([command, late]);
  } finally {
    clearTimeout(timer);
  }
}
