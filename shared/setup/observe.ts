import pMap from 'p-map';
import { PermanentError, toFailure } from '../core/errors.ts';
import type {
  CustomRoleState,
  PoolState,
  PresentProvider,
  ServiceAccountState,
} from '../core/google-side.ts';
import type { AllowPolicy } from '../core/iam-policy.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { PolicyRead } from '../ports.ts';
import { formerActors } from './former-actors.ts';
import { analyzerService } from './key-readers.ts';
import { observeLimits } from './observe-limits.ts';
import { observeRules } from './observe-rules.ts';
import type { ObservedRules } from './plan-rules.ts';
import { storeOf } from './policy-store.ts';
import { maxParallelReads, type SetupPorts } from './ports.ts';
import { readProviders } from './read-providers.ts';
import type { WantedSetup } from './wanted.ts';

/** The pool, with its providers. */
export interface ObservedPool {
  readonly pool: PoolState;
  /** All providers of the pool, including deleted ones. */
  readonly providers: ReadonlyMap<string, PresentProvider>;
}

/** The state of Google's side, as far as it concerns setup. */
export interface ObservedSetup extends ObservedPool {
  /** Required services only. */
  readonly disabledServices: readonly string[];
  readonly serviceAccount: ServiceAccountState;
  readonly customRoles: ReadonlyMap<string, CustomRoleState>;
  /** By resource. A resource that does not exist has none. */
  readonly policies: ReadonlyMap<ResourceName, AllowPolicy>;
  /** Why a project's allow policy, on which rolebridge may grant Google roles, could not be read; by project. */
  readonly unreadLimits: ReadonlyMap<string, string>;
  readonly rules: ObservedRules;
  /** Projects without Policy Analyzer's API. Read only for `--opt-in-keys`. */
  readonly withoutAnalyzer?: readonly string[];
  /** The roles of the deployed functions. Read only if Google admits earlier names of them. */
  readonly deployedRoles?: DeployedRoles;
}

export type DeployedRoles =
  | { readonly kind: 'read'; readonly arns: readonly string[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Reads everything that concerns setup. Writes nothing. */
export const observeSetup = async (
  { reader, policies, deployedRoles }: Pick<SetupPorts, 'reader' | 'policies' | 'deployedRoles'>,
  wanted: WantedSetup,
): Promise<ObservedSetup> => {
  const { settings, pool, providers, services, customRoles, grants, analyzedProjects } = wanted;
  const { google } = settings;
  const enabled = await readAll(services, (service) => reader.isServiceEnabled(google.project, service));
  const disabledServices = services.filter((service) => enabled.get(service) !== true);
  const ifEnabled = <T>(read: Promise<T>) => unlessDisabled(read, disabledServices);
  const policyOf = async (resource: ResourceName): Promise<AllowPolicy | undefined> => {
    const store = storeOf({ reader, policies }, resource);
    const read = await ifEnabled(unlessNotFound(store.read(resource)));
    return read?.policy;
  };
  const poolState = (await ifEnabled(reader.pool(pool))) ?? absent;
  const names = providers.map(({ name }) => name);
  const roleOf = (name: string) => ifEnabled(reader.role(name));
  const read = await readAll([...new Set(grants.map(({ resource }) => resource))], policyOf);
  const roles = await readAll(
    customRoles.map(({ name }) => name),
    roleOf,
  );
  const analyzed = await readAll(analyzedProjects, (project) =>
    reader.isServiceEnabled(project, analyzerService),
  );
  const limits = await observeLimits(wanted, read, { policyOf, roleOf });
  return {
    disabledServices,
    pool: poolState,
    providers: poolState.kind === 'absent' ? new Map() : await readProviders(reader, pool, names),
    serviceAccount: (await ifEnabled(reader.serviceAccount(google.serviceAccount))) ?? absent,
    customRoles: new Map([...roles, ...limits.customRoles]),
    policies: limits.policies,
    unreadLimits: limits.unreadLimits,
    rules: await observeRules(reader, settings),
    withoutAnalyzer: analyzedProjects.filter((project) => analyzed.get(project) !== true),
    ...(formerActors(wanted, read).length === 0
      ? {}
      : { deployedRoles: await readDeployedRoles(deployedRoles) }),
  };
};

const readAll = async <T, R>(
  items: readonly T[],
  read: (item: T) => Promise<R | undefined>,
): Promise<ReadonlyMap<T, R>> => {
  const pairs = await pMap(items, async (item) => [item, await read(item)] as const, {
    concurrency: maxParallelReads,
  });
  return new Map(pairs.flatMap(([item, found]) => (found === undefined ? [] : [[item, found] as const])));
};

/** An administrator of Google's side may have no AWS credentials, and can still do the rest. */
const readDeployedRoles = async (read: SetupPorts['deployedRoles']): Promise<DeployedRoles> => {
  try {
    return { kind: 'read', arns: await read() };
  } catch (thrown) {
    return { kind: 'unreadable', reason: toFailure(thrown).message };
  }
};

/** Nothing can be read through an API that is not enabled yet. If a resource exists after all, creating it reports a conflict. */
const unlessDisabled = async <T>(read: Promise<T>, services: readonly string[]): Promise<T | undefined> => {
  try {
    return await read;
  } catch (thrown) {
    const isDisabled = thrown instanceof PermanentError && thrown.because === 'serviceDisabled';
    if (isDisabled && services.length > 0) return undefined;
    throw thrown;
  }
};

/** One NOT_FOUND is enough proof here: what does not exist is created, and nothing is removed because of it. */
const unlessNotFound = async (read: Promise<PolicyRead>): Promise<PolicyRead | undefined> => {
  try {
    return await read;
  } catch (thrown) {
    if (thrown instanceof PermanentError && thrown.because === 'notFound') return undefined;
    throw thrown;
  }
};

const absent = { kind: 'absent' } as const;
