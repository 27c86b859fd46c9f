/** What a page for people names that has to exist. */
export interface Link {
  /** As it stands in the page: a path beside the page, and the heading behind `#`. */
  readonly path: string;
  readonly heading: string | undefined;
}

/** Links to files of the repository; those to elsewhere are left out. */
export function linksIn(page: string): Link[] {
  return [...withoutFences(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', heading] = target.split('#', 2);
      return { path, heading };
    });
}

/** Paths in code spans that lead from the root of the repository; patterns and folders of a run are left out. */
export function pathsIn(page: string): string[] {
  return [
    ...withoutFences(page).matchAll(
      /`((?:apps|libs|tools|config|docs|prisma|\.ci)\/[A-Za-z0-9@_./-]+\.[a-z]+)`/g,
    ),
  ].map(([, path = '']) => path);
}

/** Headings as links name them. Source: GitHub's anchors. */
export function headingsOf(page: string): string[] {
  return [...withoutFences(page).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}

/** Words of each `./umbra …` in code, up to the first that is a value of the reader. */
export function umbraCommandsIn(page: string): string[][] {
  const code = [
    ...[...page.matchAll(/^```\w*\n([^]*?)^```/gm)].map(([, text = '']) => text),
    ...[...withoutFences(page).matchAll(/`([^`]+)`/g)].map(([, text = '']) => text),
  ];
  return code
    .flatMap((text) => text.split('\n'))
    .flatMap((line) => [...line.replace(/\s#.*$/, '').matchAll(/\.\/umbra((?: [^\s|&;>]+)+)/g)])
    .map(([, words = '']) => words.trim().split(' '));
}

function withoutFences(page: string): string {
  return page.replaceAll(/^```[^]*?^```/gm, '');
}
