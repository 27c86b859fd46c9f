import { mirroredObjectNames, UmbraError } from '@umbra/domain';
import type { Topic } from '@umbra/sync';

/**
 * Which mirrored objects each topic carries. `/data/ChangeEvents` and a custom channel may carry any of them: what a
 * channel selects is known to the org only.
 * @throws UmbraError INPUT_CONFIGURATION for the topic of an object that is not mirrored
 */
export function topicsOf(names: readonly string[]): readonly Topic[] {
  const strange: string[] = [];
  const topics = names.map((name): Topic => {
    const [, entity] = /^\/data\/(\w+)ChangeEvent$/.exec(name) ?? [];
    if (entity === undefined) return { name, objects: mirroredObjectNames };
    const objects = mirroredObjectNames.filter((object) => object === entity);
    if (objects.length === 0) strange.push(name);
    return { name, objects };
  });
  if (strange.length > 0)
    throw new UmbraError('INPUT_CONFIGURATION', 'A topic carries nothing that is mirrored', {
      problems: strange.map(
        (name) => `SF_CDC_TOPICS names ${name}; mirrored are ${mirroredObjectNames.join(', ')}`,
      ),
    });
  return topics;
}
