import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder that only its owner may enter, as `mkdtemp` makes them; removed by `using`.
 * @param parent when it matters on which file system it lies
 */
export function temporaryFolder(parent: string = tmpdir()): Disposable & { readonly path: string } {
  mkdirSync(parent, { recursive: true });
  const path = realpathSync(mkdtempSync(join(parent, 'umbra-stack-')));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
