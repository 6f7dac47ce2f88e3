import { join } from 'node:path';
import type { Ran } from '../../../local/run-workload.ts';
import type { Invoked } from '../../../local/stack/container.ts';
import type { Arrival } from './gateway.ts';

/** The input of the program inside the sealed network. */
export interface Task {
  /** Contains certificates, the boot script and the prepared programs. */
  readonly folder: string;
  /** Names of the clients that this machine has. */
  readonly names: readonly string[];
  readonly pythonPath: string;
}

export const bootScriptIn = (folder: string): string => join(folder, 'google-access-fetch');

export interface PhaseSeen {
  /** The printed script of `rolebridge boot`, run once. */
  readonly boot: Ran;
  /** By the client's name. */
  readonly clients: Readonly<Record<string, Ran>>;
}

/** Its output. */
export interface Seen {
  /** The role has no tag. The clients have the config of another role, which may use the same service account. */
  readonly before: PhaseSeen;
  /** The clients have the file that the boot script wrote. */
  readonly during: PhaseSeen;
  /** They still have the file. */
  readonly after: PhaseSeen;
  readonly othersConfig: string;
  readonly published: string;
  readonly outcomes: readonly string[];
  /** The result of the sweep, while the role was tagged. */
  readonly sweep: Invoked;
  readonly arrivals: readonly Arrival[];
  /** Such as `ssm:PutParameter`: every call that AWS got, except those of the person who tags. */
  readonly awsCalls: readonly string[];
}
