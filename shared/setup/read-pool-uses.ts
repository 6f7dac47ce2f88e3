import pMap from 'p-map';
import { toFailure } from '../core/errors.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { PolicyRead } from '../ports.ts';
import { type PoolUse, usesOfPool } from './broken-uses.ts';
import { maxParallelReads, type SetupPorts } from './ports.ts';

/** Who uses a pool that is to be adopted. */
export interface PoolUses {
  readonly uses: readonly PoolUse[];
  /** Where it could not be seen, and why. */
  readonly unseen: readonly string[];
}

type LookingPorts = Pick<SetupPorts, 'reader' | 'policies' | 'listings'>;

/** Who uses a pool, by the allow policies of some projects and of all their service accounts. */
export const readPoolUses = async (
  { reader, policies, listings }: LookingPorts,
  pool: string,
  projects: readonly string[],
): Promise<PoolUses> => {
  const unseen: string[] = [];
  const look = async (
    resource: ResourceName,
    read: (resource: ResourceName) => Promise<PolicyRead>,
  ): Promise<readonly PoolUse[]> => {
    try {
      return usesOfPool(pool, resource, (await read(resource)).policy);
    } catch (thrown) {
      unseen.push(toFailure(thrown).message);
      return [];
    }
  };
  const uses: PoolUse[] = [];
  for (const project of projects) {
    uses.push(...(await look(`projects/${project}`, reader.projectPolicies.read)));
    try {
      for await (const page of listings.serviceAccounts(project))
        uses.push(
          ...(
            await pMap(page, (resource) => look(resource, policies.read), { concurrency: maxParallelReads })
          ).flat(),
        );
    } catch (thrown) {
      unseen.push(toFailure(thrown).message);
    }
  }
  return { uses, unseen };
};
