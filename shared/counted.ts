/** `1 role`, `2 roles`, `no role`. */
export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  `${count === 0 ? 'no' : count} ${count <= 1 ? singular : plural}`;
