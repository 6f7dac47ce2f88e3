import pMap from 'p-map';
import { PermanentError, toFailure } from '../../core/errors.ts';
import type { CustomRoleState, PoolState, ServiceAccountState } from '../../core/google-side.ts';
import type { AllowPolicy } from '../../core/iam-policy.ts';
import { type ResourceName, serviceAccountResource } from '../../core/service-account.ts';
import type { PolicyRead } from '../../ports.ts';
import { storeOf } from '../policy-store.ts';
import { maxParallelReads, type SetupPorts } from '../ports.ts';
import { readProviders } from '../read-providers.ts';
import { lastOf } from '../step.ts';
import type { UndoScope } from './scope.ts';

export interface UndoPorts extends SetupPorts {
  /** Whether the functions of this stage are deployed. @throws Failure if AWS does not show it */
  readonly isDeployed: () => Promise<boolean>;
}

/** The state of both sides, as far as it concerns the undo. */
export interface ObservedUndo {
  readonly isDeployed: boolean;
  readonly pool: PoolState;
  /** All live providers of the pool, including those that setup did not create. */
  readonly providers: readonly string[];
  readonly serviceAccount: ServiceAccountState;
  readonly customRoles: ReadonlyMap<string, CustomRoleState>;
  /** Allow policies of the projects, of all their service accounts, of our own one, and of the resources that rules name. */
  readonly policies: ReadonlyMap<ResourceName, AllowPolicy>;
  /** Messages about allow policies and listings that could not be read. */
  readonly blindSpots: readonly string[];
}

/** Reads everything that concerns the undo. Writes nothing. @throws Failure if one of our own resources cannot be read */
export const observeUndo = async (ports: UndoPorts, scope: UndoScope): Promise<ObservedUndo> => {
  const { reader, isDeployed } = ports;
  const { pool: poolName, customRoles, settings } = scope;
  const pool = await reader.pool(poolName);
  const serviceAccount = await reader.serviceAccount(settings.google.serviceAccount);
  const roles = await pMap(customRoles, async ({ name }) => [name, await reader.role(name)] as const, {
    concurrency: maxParallelReads,
  });
  return {
    isDeployed: await isDeployed(),
    pool,
    providers: pool.kind === 'there' && !pool.isDeleted ? await liveProviders(ports, scope) : [],
    serviceAccount,
    customRoles: new Map(roles),
    ...(await readPolicies(ports, scope, serviceAccount)),
  };
};

/** @throws PermanentError for a listing that lacks a provider which exists: it may lack other people's as well */
const liveProviders = async (
  { reader }: UndoPorts,
  { pool, settings }: UndoScope,
): Promise<readonly string[]> => {
  const listed = await reader.providers(pool);
  const ours = settings.accounts.map(({ provider }) => `${pool}/providers/${provider}`);
  const known = await readProviders({ ...reader, providers: () => Promise.resolve(listed) }, pool, ours);
  const live = [...known].flatMap(([name, { isDeleted }]) => (isDeleted ? [] : [name]));
  const missing = live.find((name) => !listed.has(name));
  if (missing === undefined) return live;
  throw new PermanentError(
    `reading the providers of pool ${pool}: the listing lacks ${lastOf(missing)}, which exists. Check google.endpoints in rolebridge.yml, and what answers there.`,
  );
};

const readPolicies = async (
  { reader, policies, listings }: UndoPorts,
  { projects, resources, settings }: UndoScope,
  own: ServiceAccountState,
): Promise<Pick<ObservedUndo, 'policies' | 'blindSpots'>> => {
  const found = new Map<ResourceName, AllowPolicy>();
  const blindSpots: string[] = [];
  const orBlind = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      blindSpots.push(toFailure(thrown).message);
    }
  };
  const readInto = (
    resource: ResourceName,
    read: (resource: ResourceName) => Promise<PolicyRead>,
  ): Promise<void> => orBlind(async () => void found.set(resource, (await read(resource)).policy));
  for (const project of projects) {
    await readInto(`projects/${project}`, reader.projectPolicies.read);
    await orBlind(async () => {
      for await (const page of listings.serviceAccounts(project))
        await pMap(page, (resource) => readInto(resource, policies.read), { concurrency: maxParallelReads });
    });
  }
  await pMap(
    resources.filter((resource) => !found.has(resource)),
    (resource) => readInto(resource, storeOf({ reader, policies }, resource).read),
    { concurrency: maxParallelReads },
  );
  // It may be in a project that rolebridge.yml does not name.
  const ownResource = serviceAccountResource(settings.google.serviceAccount);
  if (own.kind === 'there' && !found.has(ownResource)) await readInto(ownResource, policies.read);
  return { policies: found, blindSpots: [...new Set(blindSpots)] };
};
