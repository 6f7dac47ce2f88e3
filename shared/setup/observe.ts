import pMap from 'p-map';
import { PermanentError } from '../core/errors.ts';
import type { CustomRoleState, PoolState, ProviderState, ServiceAccountState } from '../core/google-side.ts';
import type { AllowPolicy } from '../core/iam-policy.ts';
import { markerOf } from '../core/pool-marker.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { PolicyRead } from '../ports.ts';
import { maxParallelReads, type SetupPorts } from './ports.ts';
import { requiredServices, type WantedSetup } from './wanted.ts';

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

/** Reads everything that setup has to do with, and writes nothing. */
export const observeSetup = async (
  { reader, policies }: Pick<SetupPorts, 'reader' | 'policies'>,
  { settings: { google }, owner, pool, providers, customRoles, grants }: WantedSetup,
): Promise<ObservedSetup> => {
  const enabled = await mapped(requiredServices, (service) =>
    reader.isServiceEnabled(google.project, service),
  );
  const disabledServices = requiredServices.filter((service) => enabled.get(service) !== true);
  const seen = <T>(read: Promise<T>) => unlessDisabled(read, disabledServices);
  const policyOf = async (resource: ResourceName): Promise<AllowPolicy | undefined> => {
    const store = isProject(resource) ? reader.projectPolicies : policies;
    const read = await seen(unlessNotFound(store.read(resource)));
    return read?.policy;
  };
  const poolState = (await seen(reader.pool(pool))) ?? absent;
  const isUnowned = poolState.kind === 'there' && markerOf(poolState.description, owner).kind === 'unowned';
  return {
    disabledServices,
    pool: poolState,
    poolProviders: isUnowned ? await reader.providers(pool) : [],
    providers: await mapped(
      providers.map(({ name }) => name),
      (name) => seen(reader.provider(name)),
    ),
    serviceAccount: (await seen(reader.serviceAccount(google.serviceAccount))) ?? absent,
    customRoles: await mapped(
      customRoles.map(({ name }) => name),
      (name) => seen(reader.customRole(name)),
    ),
    policies: await mapped([...new Set(grants.map(({ resource }) => resource))], policyOf),
  };
};

export const isProject = (resource: ResourceName): boolean => !resource.includes('/serviceAccounts/');

const mapped = async <T, R>(
  items: readonly T[],
  read: (item: T) => Promise<R | undefined>,
): Promise<ReadonlyMap<T, R>> => {
  const pairs = await pMap(items, async (item) => [item, await read(item)] as const, {
    concurrency: maxParallelReads,
  });
  return new Map(pairs.flatMap(([item, found]) => (found === undefined ? [] : [[item, found] as const])));
};

/**
 * Where an API is yet to be enabled, nothing can be seen through it. What is there all the same is found when it is to
 * be made.
 */
const unlessDisabled = async <T>(read: Promise<T>, services: readonly string[]): Promise<T | undefined> => {
  try {
    return await read;
  } catch (thrown) {
    const isDisabled = thrown instanceof PermanentError && thrown.because === 'serviceDisabled';
    if (isDisabled && services.length > 0) return undefined;
    throw thrown;
  }
};

/** Setup creates and grants, and removes nothing: to it, one NOT_FOUND is enough. */
const unlessNotFound = async (read: Promise<PolicyRead>): Promise<PolicyRead | undefined> => {
  try {
    return await read;
  } catch (thrown) {
    if (thrown instanceof PermanentError && thrown.because === 'notFound') return undefined;
    throw thrown;
  }
};

const absent = { kind: 'absent' } as const;
