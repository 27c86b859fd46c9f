/**
 * Turns an app and the libraries it uses into plain JavaScript below `dist/<app>`.
 *
 * Our own packages are bundled; packages from npm stay outside and are imported at run time. pnpm gives every
 * workspace package only what its own manifest lists, so a bundle in `dist` would find nothing. Therefore each
 * package that the bundle really imports is linked into `dist/<app>/node_modules`, resolved from the file that
 * imports it: no hoisting, no second list to keep, and the links are the exact closure of the artefact.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { build as runEsbuild, type Metafile, type Plugin } from 'esbuild';
import { exitCode, StackFailure } from './failure.ts';
import { lockfileClosure } from './sbom/lockfile-closure.ts';
import { renderSbom } from './sbom/render-sbom.ts';

interface AppSource {
  /** Its package folder, whose manifest decides when libraries disagree about a version. */
  readonly folder: string;
  /** Output name to source file, below the folder. */
  readonly entries: Readonly<Record<string, string>>;
}

export const apps = {
  bff: {
    folder: 'apps/bff',
    entries: {
      main: 'src/main.ts',
      'salesforce-backfill-shadow': 'src/backfill/main.ts',
      openapi: 'src/openapi/main.ts',
    },
  },
  worker: { folder: 'apps/worker', entries: { main: 'src/main.ts' } },
  /** With kill points and short times, for the end-to-end tests; never shipped. */
  'worker-test': { folder: 'apps/worker', entries: { main: 'test-build/main.ts' } },
  simulator: { folder: 'tools/simulator', entries: { main: 'src/main.ts' } },
  ops: { folder: 'tools/ops', entries: { main: 'src/main.ts' } },
} as const satisfies Record<string, AppSource>;

export type AppName = keyof typeof apps;

export function isAppName(name: string): name is AppName {
  return Object.hasOwn(apps, name);
}

/**
 * Builds one app aside and moves it into place, so that a failed build leaves the last good one.
 * @returns the folder
 * @throws StackFailure 78 when a source or a package is missing; esbuild's own error for broken source
 */
export async function bundleApp(root: string, name: AppName): Promise<string> {
  const app: AppSource = apps[name];
  const final = join(root, 'dist', name);
  const draft = join(root, 'dist', `.${name}.${process.pid}.partial`);
  const externals = new Externals(root, app);
  rmSync(draft, { recursive: true, force: true });
  try {
    const { metafile } = await runEsbuild({
      absWorkingDir: root,
      entryPoints: entryPoints(root, app),
      outdir: draft,
      bundle: true,
      // What is imported late is loaded late, with the packages that only it needs. All parts lie in one folder, so
      // that `import.meta.dirname` means the same in each.
      splitting: true,
      chunkNames: '[name]-[hash]',
      platform: 'node',
      format: 'esm',
      target: 'node24',
      sourcemap: true,
      metafile: true,
      logLevel: 'silent',
      tsconfig: join(root, 'tsconfig.base.json'),
      plugins: [externals.plugin()],
    });
    externals.keepImported(metafile);
    externals.link(join(draft, 'node_modules'), join(final, 'node_modules'));
    writeFileSync(join(draft, 'meta.json'), JSON.stringify(metafile));
    const manifest = externals.manifest(name);
    writeFileSync(join(draft, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    writeFileSync(join(draft, 'sbom.cdx.json'), sbomOf(root, name, manifest.dependencies));
    swap(draft, final);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return final;
}

/** True when the app was never built or one of its sources, or the lockfile, changed afterwards. */
export function isStale(root: string, name: AppName): boolean {
  const folder = join(root, 'dist', name);
  const built = join(folder, 'meta.json');
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  const { inputs } = JSON.parse(readFileSync(built, 'utf8')) as Metafile;
  const sources = [...Object.keys(inputs), 'pnpm-lock.yaml', 'tsconfig.base.json'];
  return sources.some((source) => {
    const file = join(root, source);
    return !existsSync(file) || statSync(file).mtimeMs > builtAt;
  });
}

function entryPoints(root: string, app: AppSource): { in: string; out: string }[] {
  return Object.entries(app.entries).map(([out, source]) => {
    const file = join(root, app.folder, source);
    if (existsSync(file)) return { in: file, out };
    throw new StackFailure(`${join(app.folder, source)} does not exist.`, exitCode.configuration);
  });
}

function swap(draft: string, final: string): void {
  const old = `${draft}.old`;
  if (existsSync(final)) renameSync(final, old);
  renameSync(draft, final);
  rmSync(old, { recursive: true, force: true });
}

/** What `dist/<app>/package.json` says. */
interface BuildManifest {
  readonly name: string;
  readonly private: true;
  readonly type: 'module';
  readonly dependencies: Readonly<Record<string, string>>;
}

function sbomOf(root: string, name: string, direct: BuildManifest['dependencies']): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const keys = Object.entries(direct).map(([dependency, found]) => `${dependency}@${found}`);
  return renderSbom({ name: `umbra-${name}`, version }, keys, lockfileClosure(root, direct));
}

/** The npm packages that a bundle imports, each with the folder it was resolved to. */
class Externals {
  readonly #root: string;
  readonly #app: AppSource;
  readonly #folders = new Map<string, string>();

  constructor(root: string, app: AppSource) {
    this.#root = root;
    this.#app = app;
  }

  plugin(): Plugin {
    return {
      name: 'npm-packages-stay-outside',
      setup: (build) => {
        build.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
          if (kind === 'entry-point' || path.startsWith('@umbra/')) return undefined;
          if (isBuiltin(path)) return { path, external: true };
          const problem = this.#note(packageOf(path), importer);
          return problem === undefined ? { path, external: true } : { errors: [{ text: problem }] };
        });
      },
    };
  }

  /** Forgets the packages of files that did not come into the bundle because nothing of them is used. */
  keepImported({ outputs }: Metafile): void {
    const imports = Object.values(outputs).flatMap((output) => output.imports);
    const imported = new Set(imports.filter(({ external }) => external).map(({ path }) => packageOf(path)));
    for (const name of this.#folders.keys()) if (!imported.has(name)) this.#folders.delete(name);
  }

  /**
   * Links from the draft, but computed for the place where the bundle will lie. Relative, so that the whole
   * checkout can be moved or copied into an image.
   */
  link(draftModules: string, finalModules: string): void {
    for (const [name, folder] of this.#folders) {
      const link = join(draftModules, name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(relative(dirname(join(finalModules, name)), folder), link);
    }
  }

  manifest(name: string): BuildManifest {
    const packages = [...this.#folders].sort(([a], [b]) => (a < b ? -1 : 1));
    const dependencies = Object.fromEntries(
      packages.map(([dependency, folder]) => {
        const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
          version: string;
        };
        return [dependency, version];
      }),
    );
    return { name: `@umbra/${name}-build`, private: true, type: 'module', dependencies };
  }

  /** @returns what is wrong with this import, if anything */
  #note(name: string, importer: string): string | undefined {
    const folder = packageFolder(name, dirname(importer));
    if (folder === undefined) return `The package that imports ${name} does not list it in its package.json.`;
    const known = this.#folders.get(name);
    if (known === undefined || known === folder) {
      this.#folders.set(name, folder);
      return undefined;
    }
    const decided = packageFolder(name, join(this.#root, this.#app.folder));
    if (decided === undefined) {
      return `Two libraries resolve ${name} differently (${known}, ${folder}). List it in ${this.#app.folder}.`;
    }
    this.#folders.set(name, decided);
    return undefined;
  }
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Node's own walk: the nearest `node_modules/<name>` above, with links followed. */
function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (lstatSync(candidate, { throwIfNoEntry: false }) !== undefined) return realpathSync(candidate);
    if (folder === dirname(folder)) return undefined;
  }
}
