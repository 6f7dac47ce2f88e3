/** The anchor that GitHub makes of a heading: the site uses the same, so that one link works in both places. */
export const githubAnchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
