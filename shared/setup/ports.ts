import type {
  CustomRoleState,
  PresentProvider,
  ProviderState,
  ServiceAccountState,
} from '../core/google-side.ts';
import type { Settings } from '../core/settings.ts';
import type { Clock, Listings, PolicyStore, PoolReader } from '../ports.ts';
import type { SettingChange } from './step.ts';

/** Calls in parallel. A person waits, and Google allows a project 100 reads per second. */
export const maxParallelReads = 8;

/** The Google side as its administrators see it; read-only. Each call throws if Google refuses. */
export interface GoogleReader {
  /** By id or number. */
  readonly project: (idOrNumber: string) => Promise<{ readonly id: string; readonly number: string }>;
  readonly isServiceEnabled: (project: string, service: string) => Promise<boolean>;
  readonly pool: PoolReader;
  /** All providers of a pool by name, including deleted ones that can be undeleted. Empty if there is no such pool. */
  readonly providers: (pool: string) => Promise<ReadonlyMap<string, PresentProvider>>;
  /** `…/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly provider: (name: string) => Promise<ProviderState>;
  readonly serviceAccount: (email: string) => Promise<ServiceAccountState>;
  /** `projects/P/roles/ROLE`, `organizations/N/roles/ROLE` or, predefined by Google, `roles/ROLE`. */
  readonly role: (name: string) => Promise<CustomRoleState>;
  /** The Google roles that a resource takes, by its full name: `//storage.googleapis.com/projects/_/buckets/B`. */
  readonly grantableRoles: (fullResourceName: string) => Promise<ReadonlySet<string>>;
  /** Number of the project that has a bucket; undefined if there is no such bucket. */
  readonly projectOfBucket: (bucket: string) => Promise<string | undefined>;
  /** Allow policies of projects: `projects/P`. */
  readonly projectPolicies: PolicyStore;
}

export interface ProviderFields {
  readonly accountId: string;
  readonly attributeMapping: Readonly<Record<string, string>>;
  readonly attributeCondition: string;
}

/**
 * Setup's writes on the Google side. Each call returns when Google has finished it. If the resource is not in the expected
 * state (it exists already, it was not deleted), the call throws PermanentError with `because: 'conflict'`.
 */
export interface GoogleWriter {
  readonly enableServices: (project: string, services: readonly string[]) => Promise<void>;
  readonly createPool: (name: string, description: string) => Promise<void>;
  readonly undeletePool: (name: string) => Promise<void>;
  readonly updatePool: (
    name: string,
    fields: { readonly description: string } | { readonly disabled: false },
  ) => Promise<void>;
  /** Deletes the pool with its providers. Google can undelete it for 30 days. */
  readonly deletePool: (name: string) => Promise<void>;
  readonly createProvider: (name: string, fields: ProviderFields) => Promise<void>;
  readonly undeleteProvider: (name: string) => Promise<void>;
  readonly updateProvider: (
    name: string,
    fields: Omit<ProviderFields, 'accountId'> | { readonly disabled: false },
  ) => Promise<void>;
  readonly createServiceAccount: (email: string) => Promise<void>;
  readonly enableServiceAccount: (email: string) => Promise<void>;
  readonly deleteServiceAccount: (email: string) => Promise<void>;
  readonly createCustomRole: (
    name: string,
    role: { readonly title: string; readonly permissions: readonly string[] },
  ) => Promise<void>;
  readonly undeleteCustomRole: (name: string) => Promise<void>;
  readonly updateCustomRole: (name: string, permissions: readonly string[]) => Promise<void>;
  /** Google can undelete it for 7 days. */
  readonly deleteCustomRole: (name: string) => Promise<void>;
}

/** rolebridge.yml and the stage's override file, as setup completes them. */
export interface SettingsFile {
  /** The stage's own file: the override file, if there is one. */
  readonly path: string;
  /**
   * The settings, completed with defaults for what the file leaves out, and the changes that would write those down.
   * Without a project number, uses the file's own or a placeholder.
   * @throws ConfigError with every error
   */
  readonly complete: (projectNumber?: string) => {
    readonly settings: Settings;
    readonly changes: readonly SettingChange[];
  };
  /** Writes all changes or none. Leaves everything else as it is, including comments. */
  readonly write: (changes: readonly SettingChange[]) => Promise<void>;
}

export interface SetupPorts {
  readonly reader: GoogleReader;
  readonly writer: GoogleWriter;
  readonly file: SettingsFile;
  /** Allow policies of service accounts, and of resources that are not projects. */
  readonly policies: PolicyStore;
  readonly listings: Pick<Listings, 'serviceAccounts'>;
  /** ARNs of the AWS roles that the deployed functions run as; empty if nothing is deployed. @throws Failure */
  readonly deployedRoles: () => Promise<readonly string[]>;
  /** Its pauses end when `signal` aborts. */
  readonly clock: Clock;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
}
