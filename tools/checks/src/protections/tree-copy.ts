import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { trackedFiles } from '../tracked-files.ts';
import { applyEdit, type Protection } from './protection.ts';

/** What git does not know and the tests need: made once, looked at by all. */
const linked = ['node_modules', '.umbra/redis', '.umbra/prometheus', '.umbra/toolchain'];
const generated = 'libs/store/src/generated';

/**
 * A copy of the working tree, in which anything may be broken. Packages are shared with the original; the links among
 * the packages of the workspace lead to the copy.
 */
export class TreeCopy implements Disposable {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
    rmSync(root, { recursive: true, force: true });
    for (const file of [...trackedFiles(), ...(existsSync(generated) ? [generated] : [])])
      cpSync(file, join(root, file), { recursive: true, preserveTimestamps: true });
    for (const path of linked.filter((each) => existsSync(each))) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(join(process.cwd(), path), join(root, path));
    }
    for (const area of ['apps', 'libs', 'tools'])
      for (const name of readdirSync(area)) this.#linkPackages(join(area, name, 'node_modules'));
    // Some checks ask git which files there are.
    execFileSync('git', ['init', '--quiet', '--initial-branch', 'copy'], { cwd: root });
    // A link is no folder, so the pattern of the repository does not know it.
    writeFileSync(join(root, '.git/info/exclude'), 'node_modules\nnarrow-run.json\n');
  }

  /** As they stand: pnpm's links are relative, and those to a package of the workspace then end in the copy. */
  #linkPackages(folder: string): void {
    if (existsSync(folder))
      cpSync(folder, join(this.root, folder), { recursive: true, verbatimSymlinks: true });
  }

  build(apps: readonly string[]): void {
    if (apps.length > 0)
      execFileSync(process.execPath, ['tools/stack/src/build.ts', ...apps], {
        cwd: this.root,
        stdio: 'pipe',
      });
  }

  /**
   * The tree without a protection, for as long as the result lives.
   * @throws Error when a text that is to be replaced does not stand where it should
   */
  without({ edits, build }: Protection): Disposable {
    const before = new Map(
      edits.map(({ in: file }) => [file, readFileSync(join(this.root, file), 'utf8')] as const),
    );
    const restore = (): void => {
      for (const [file, text] of before) writeFileSync(join(this.root, file), text);
      this.build(build);
    };
    const after = new Map(before);
    for (const edit of edits) {
      const edited = applyEdit(after.get(edit.in) ?? '', edit);
      if (edited === undefined) throw new Error(`${edit.in} does not hold exactly once: ${edit.old}`);
      after.set(edit.in, edited);
    }
    for (const [file, text] of after) writeFileSync(join(this.root, file), text);
    try {
      this.build(build);
    } catch (error) {
      restore();
      throw error;
    }
    return { [Symbol.dispose]: restore };
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
