import type { Ran } from '../../../local/run-workload.ts';
import type { Contacts } from './recorder.ts';

/** One run of clients with one config. */
export interface Look {
  readonly contacts: Contacts;
  /** By the client's name. */
  readonly ran: Readonly<Record<string, Ran>>;
}

/** The result of both programs for one text. */
export interface Decision {
  readonly name: string;
  /** The output of `rolebridge credentials config`; null if it refuses. */
  readonly command: string | null;
  /** The output of the printed boot script; null if it refuses. */
  readonly boot: string | null;
}

/** The output of the program inside. */
export interface ReplacedSeen {
  /** Unchecked configs that lead elsewhere: by the config's name, then the client's. */
  readonly unchecked: Readonly<Record<string, Readonly<Record<string, Look>>>>;
  /** The published config, by the client's name. */
  readonly published: Readonly<Record<string, Look>>;
  readonly texts: number;
  readonly disagreements: readonly Decision[];
  /** Every config that a program wrote, under the name of the first text that resulted in it, given to all clients. */
  readonly accepted: Readonly<Record<string, Look>>;
  readonly boot: Ran;
}
