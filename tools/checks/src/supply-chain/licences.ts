import satisfies from 'spdx-satisfies';
import type { InstalledPackage } from './installed-packages.ts';

/** Licences that ask for attribution at most, so that what we ship may be shipped by whoever uses it. */
const permissive = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
];

/** Tools that we run and do not ship may be under these as well. */
const forTools = [...permissive, 'CC-BY-3.0', 'CC-BY-4.0', 'EPL-2.0', 'MPL-2.0'];

/** Accepted by a person, for as long as the manifest says the same. */
const accepted: Readonly<Record<string, { readonly says: string; readonly because: string }>> = {
  '@visx/vendor': { says: 'MIT and ISC', because: 'both are permissive; only the spelling is not SPDX' },
  elkjs: { says: 'EPL-2.0', because: 'part of a tool of Prisma, shipped unchanged and never loaded' },
  'seq-queue': { says: '', because: 'its LICENSE file holds the MIT licence' },
};

/** Why the licence of a package will not do; undefined when it does. @param shipped part of an artefact */
export function licenceProblem(
  { name, version, licence }: InstalledPackage,
  shipped: boolean,
): string | undefined {
  if (accepted[name]?.says === licence) return undefined;
  if (licence === '') return `${name}@${version} names no licence`;
  try {
    if (satisfies(licence, shipped ? permissive : forTools)) return undefined;
  } catch {
    return `${name}@${version} has a licence that cannot be read: ${licence}`;
  }
  return `${name}@${version} is under ${licence}, which ${shipped ? 'what we ship' : 'our tools'} may not be`;
}
