import type { Clock, Listings, Table } from '../ports.ts';
import type { ServiceAccountKey } from './key.ts';
import type { RawActivity } from './use.ts';

/** Everything that `keys` reads. Nothing here writes, and each call throws RetryableError or PermanentError. */
export interface KeyPorts {
  readonly reader: KeyReader;
  readonly table: Pick<Table, 'scan'>;
  /** Whether the stage has a stack. Without one, the table reads as empty. */
  readonly isDeployed: () => Promise<boolean>;
  readonly listings: Pick<Listings, 'serviceAccounts'>;
  readonly clock: Clock;
}

/** Keys of service accounts and what Policy Analyzer knows about them, as a person's credentials reach both. */
export interface KeyReader {
  /** User-managed keys only; undefined if Google finds no such service account. */
  readonly keys: (email: string) => Promise<readonly ServiceAccountKey[] | undefined>;
  /** Last authentications in one project, by name: `EMAIL`, or `EMAIL/keys/ID`. Only those of these service accounts. */
  readonly activities: (
    project: string,
    type: ActivityType,
    emails: ReadonlySet<string>,
  ) => Promise<ReadonlyMap<string, readonly RawActivity[]>>;
}

/** Policy Analyzer's own names. */
export type ActivityType = 'serviceAccountLastAuthentication' | 'serviceAccountKeyLastAuthentication';
