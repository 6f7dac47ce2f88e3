import type {
  Clock,
  GoogleAdministration,
  GoogleSide,
  Listings,
  PolicyStore,
  SettingsFile,
} from '../../ports.ts';

export interface SetupPorts {
  readonly file: SettingsFile;
  readonly side: GoogleSide;
  readonly administration: GoogleAdministration;
  /** Of service accounts. */
  readonly policies: PolicyStore;
  readonly listings: Pick<Listings, 'serviceAccounts'>;
  readonly clock: Clock;
  /** Aborted when the person does not want to go on. */
  readonly signal: AbortSignal;
}

/** Calls at a time: a person waits, and Google gives a project 100 reads a second. */
export const concurrency = 8;
