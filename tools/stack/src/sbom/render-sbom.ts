import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import type { LockedPackage } from './lockfile-closure.ts';

/**
 * The bill of materials of an artefact as CycloneDX 1.6 JSON: every package with its hash, and who needs whom. It
 * holds no time and no random number, so the same sources give the same text.
 * @param direct keys of the packages that the artefact itself imports
 */
export function renderSbom(
  artefact: { readonly name: string; readonly version: string },
  direct: readonly string[],
  closure: ReadonlyMap<string, LockedPackage>,
): string {
  const components = new Map([...closure].map(([key, locked]) => [key, componentOf(locked)]));
  const product = new Models.Component(Enums.ComponentType.Application, artefact.name, {
    version: artefact.version,
    bomRef: artefact.name,
  });
  const link = (from: Models.Component, keys: readonly string[]): void => {
    for (const key of keys) {
      const to = components.get(key);
      if (to !== undefined) from.dependencies.add(to.bomRef);
    }
  };
  link(product, direct);
  for (const [key, { needs }] of closure) link(components.get(key) ?? product, needs);
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: product }),
    components: new Models.ComponentRepository(components.values()),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf({ name, version, sha512 }: LockedPackage): Models.Component {
  const [group, bare] = name.startsWith('@') ? name.split('/', 2) : [undefined, name];
  return new Models.Component(Enums.ComponentType.Library, bare ?? name, {
    ...(group === undefined ? {} : { group }),
    version,
    bomRef: `${name}@${version}`,
    purl: new PackageURL('npm', group, bare ?? name, version, undefined, undefined).toString(),
    ...(sha512 === undefined
      ? {}
      : { hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-512'], sha512]]) }),
  });
}
