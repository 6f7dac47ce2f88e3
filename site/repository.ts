/** GitHub Actions sets the variable. */
export const repository = `https://github.com/${process.env['GITHUB_REPOSITORY'] ?? 'rolebridge/rolebridge'}`;

/** Where the repository shows the files of one version. */
export const filesOf = (version: string): string => `${repository}/blob/${version}`;

/** Where people edit a page: VitePress replaces `:path`. */
export const editUrl = `${repository}/edit/main/docs/:path`;
