import type { CustomRoleState, PoolState, ProviderState, ServiceAccountState } from '../core/google-side.ts';
import type { AllowPolicy } from '../core/iam-policy.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { PoolUse } from './broken-uses.ts';

/** What is on Google's side, as far as setup has to do with it. */
export interface ObservedSetup {
  /** Of those that are required. */
  readonly disabledServices: readonly string[];
  readonly pool: PoolState;
  /** Names of all providers of a pool whose marker names no owner, deleted ones included; else none are looked up. */
  readonly poolProviders: readonly string[];
  readonly providers: ReadonlyMap<string, ProviderState>;
  readonly serviceAccount: ServiceAccountState;
  readonly customRoles: ReadonlyMap<string, CustomRoleState>;
  /** Allow policies by resource; none for what is not there. */
  readonly policies: ReadonlyMap<ResourceName, AllowPolicy>;
}

/** Who uses a pool that is to be adopted. */
export interface PoolUses {
  readonly uses: readonly PoolUse[];
  /** Where it could not be seen, and why. */
  readonly unseen: readonly string[];
}
