/** One build of the site. */
export interface Version {
  /** The name in the menu: a release's tag, or `main`. */
  readonly name: string;
  /** The folder below the site's root; empty for the newest release. */
  readonly folder: string;
}

/**
 * The versions that the site shows, newest first: the newest release at the root, main in `next/`, and each earlier release in
 * a folder of its name. Before the first release, main is at the root.
 */
export const versionsOf = (tags: readonly string[]): readonly Version[] => {
  const [newest, ...earlier] = tags.filter((tag) => release.test(tag)).toSorted(newestFirst);
  if (newest === undefined) return [{ name: 'main', folder: '' }];
  return [
    { name: newest, folder: '' },
    { name: 'main', folder: 'next/' },
    ...earlier.slice(0, maxEarlier).map((name) => ({ name, folder: `${name}/` })),
  ];
};

/** Pre-releases are left out. */
const release = /^v\d+\.\d+\.\d+$/;

/** A build takes about 10 s. */
const maxEarlier = 9;

const newestFirst = (a: string, b: string): number => b.localeCompare(a, 'en', { numeric: true });
