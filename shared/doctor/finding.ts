/** What a check came to. `found` names the thing and its state; `fix` is what to do next, with the command where there is one. */
export type Finding =
  | { readonly status: 'ok'; readonly found: string; readonly note?: string }
  /** Works, but not as it should, or not for long. */
  | { readonly status: 'warning'; readonly found: string; readonly fix: string }
  /** Access does not work, or is not what the tags say. */
  | { readonly status: 'failed'; readonly found: string; readonly fix: string }
  /** Could not be checked; `because` names the check that tells why. */
  | {
      readonly status: 'unknown';
      readonly found: string;
      readonly fix?: string;
      readonly because?: string;
    };

export type Status = Finding['status'];

export const ok = (found: string, note?: string): Finding =>
  note === undefined ? { status: 'ok', found } : { status: 'ok', found, note };

export const warning = (found: string, fix: string): Finding => ({ status: 'warning', found, fix });

export const failed = (found: string, fix: string): Finding => ({ status: 'failed', found, fix });

export const unknown = (found: string, fix?: string): Finding =>
  fix === undefined ? { status: 'unknown', found } : { status: 'unknown', found, fix };

/** One of several things that a check looks at: what is wrong with it, and what to do. */
export interface Fault {
  readonly found: string;
  readonly fix: string;
}

const distinct = (texts: readonly string[]): string => [...new Set(texts)].join('\n');

/** Failed with all its faults, or ok. */
export const faultless = (faults: readonly Fault[], found: string): Finding =>
  faults.length === 0
    ? ok(found)
    : failed(distinct(faults.map((one) => one.found)), distinct(faults.map(({ fix }) => fix)));

/** `a, b and c`, cut where there are many. */
export const listed = (names: readonly string[], most = 5): string => {
  const shown = names.slice(0, most);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
};

/** `no message`, `1 message`, `2 messages` */
export const numbered = (count: number, noun: string): string =>
  `${count === 0 ? 'no' : count} ${noun}${count > 1 ? 's' : ''}`;
