import { invalid } from './errors.ts';

const ordinary =
  /^(allUsers|allAuthenticatedUsers|(user|serviceAccount|group|domain|projectOwner|projectEditor|projectViewer):.+|deleted:.+\?uid=.+)$/;

/** Pools of a whole workforce and sets of whole organisations: there are none here to look up. */
const elsewhere =
  /^principal(Set)?:\/\/(iam\.googleapis\.com\/locations\/global\/workforcePools\/[^/]+\/.+|cloudresourcemanager\.googleapis\.com\/.+|goog\/.+)$/;

const workload =
  /^(?:principal:\/\/iam\.googleapis\.com\/(?<one>projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+)\/subject\/.+|principalSet:\/\/iam\.googleapis\.com\/(?<many>projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+)\/(?:attribute\.[a-z0-9_]+\/.+|group\/.+|\*))$/;

/** @throws GoogleError in Google's words, where a member is malformed or names a pool that is not there. */
export const checkMember = (member: string, poolExists: (pool: string) => boolean): void => {
  if (ordinary.test(member) || elsewhere.test(member)) return;
  const { one, many } = workload.exec(member)?.groups ?? {};
  const pool = one ?? many;
  if (pool === undefined)
    throw invalid(
      `The member ${member} is of an unknown type. Please set a valid type prefix for the member.`,
    );
  if (!isGkePool(pool) && !poolExists(pool))
    throw invalid(
      `Identity Pool does not exist (${pool}). Please check that you specified a valid resource name as returned in the \`name\` attribute in the configuration API.`,
    );
};

/** GKE's own pool of a project; it exists without being made. */
const isGkePool = (pool: string): boolean => pool.endsWith('.svc.id.goog');
