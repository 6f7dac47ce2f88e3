/** Names the first of many things: `a, b and 7 more`. */
export const shortList = (names: readonly string[], max: number): string =>
  names.length > max ? `${names.slice(0, max).join(', ')} and ${names.length - max} more` : names.join(', ');
