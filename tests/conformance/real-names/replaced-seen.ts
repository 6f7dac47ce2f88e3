import type { Ran } from '../../../local/run-workload.ts';
import type { Contacts } from './recorder.ts';

/** One run of clients with one config. */
export interface Look {
  readonly contacts: Contacts;
  /** By the client's name. */
  readonly ran: Readonly<Record<string, Ran>>;
}

/** What both programs make of one text. */
export interface Decision {
  readonly name: string;
  /** What `rolebridge credentials config` writes; null where it refuses. */
  readonly command: string | null;
  /** What the printed boot script writes; null where it refuses. */
  readonly boot: string | null;
}

/** What the program inside prints. */
export interface ReplacedSeen {
  /** Unchecked configs that lead elsewhere: by the config's name, then the client's. */
  readonly unchecked: Readonly<Record<string, Readonly<Record<string, Look>>>>;
  /** The published config, by the client's name. */
  readonly published: Readonly<Record<string, Look>>;
  readonly texts: number;
  readonly disagreements: readonly Decision[];
  /** Every config that a program wrote, under the name of the first text that became it, given to all clients. */
  readonly accepted: Readonly<Record<string, Look>>;
  readonly boot: Ran;
}
