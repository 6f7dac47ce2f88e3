import pMap from 'p-map';
import { toFailure } from '../core/errors.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { PolicyRead } from '../ports.ts';
import { type PoolUse, usesOfPool } from './broken-uses.ts';
import { maxParallelReads, type SetupPorts } from './ports.ts';

/** The uses of a pool that setup may adopt. */
export interface PoolUses {
  readonly uses: readonly PoolUse[];
  /** Messages about allow policies that could not be read. */
  readonly unreadable: readonly string[];
}

type Ports = Pick<SetupPorts, 'reader' | 'policies' | 'listings'>;

/** Finds the members of a pool in the allow policies of some projects and of all their service accounts. */
export const readPoolUses = async (
  { reader, policies, listings }: Ports,
  pool: string,
  projects: readonly string[],
): Promise<PoolUses> => {
  const unreadable: string[] = [];
  const usesOf = async (
    resource: ResourceName,
    read: (resource: ResourceName) => Promise<PolicyRead>,
  ): Promise<readonly PoolUse[]> => {
    try {
      return usesOfPool(pool, resource, (await read(resource)).policy);
    } catch (thrown) {
      unreadable.push(toFailure(thrown).message);
      return [];
    }
  };
  const uses: PoolUse[] = [];
  for (const project of projects) {
    uses.push(...(await usesOf(`projects/${project}`, reader.projectPolicies.read)));
    try {
      for await (const page of listings.serviceAccounts(project))
        uses.push(
          ...(
            await pMap(page, (resource) => usesOf(resource, policies.read), { concurrency: maxParallelReads })
          ).flat(),
        );
    } catch (thrown) {
      unreadable.push(toFailure(thrown).message);
    }
  }
  return { uses, unreadable };
};
