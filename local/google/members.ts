import { invalid } from './errors.ts';

const ordinary =
  /^(allUsers|allAuthenticatedUsers|(user|serviceAccount|group|domain|projectOwner|projectEditor|projectViewer):.+|deleted:(user|serviceAccount|group):.+\?uid=.+|deleted:principal(Set)?:\/\/.+)$/;

/** Workforce pools and principal sets of organizations. The stand-in does not look them up. */
const elsewhere =
  /^principal(Set)?:\/\/(iam\.googleapis\.com\/locations\/global\/workforcePools\/[^/]+\/.+|cloudresourcemanager\.googleapis\.com\/.+|goog\/.+)$/;

const workload =
  /^(?:principal:\/\/iam\.googleapis\.com\/(?<single>projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+)\/subject\/.+|principalSet:\/\/iam\.googleapis\.com\/(?<set>projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+)\/(?:attribute\.[a-z0-9_]+\/.+|group\/.+|\*))$/;

/** @throws GoogleError with Google's message, if a member is malformed or its pool does not exist. */
export const checkMember = (member: string, poolExists: (pool: string) => boolean): void => {
  if (ordinary.test(member) || elsewhere.test(member)) return;
  const { single, set } = workload.exec(member)?.groups ?? {};
  const pool = single ?? set;
  if (pool === undefined)
    throw invalid(
      `The member ${member} is of an unknown type. Please set a valid type prefix for the member.`,
    );
  if (!isGkePool(pool) && !poolExists(pool))
    throw invalid(
      `Identity Pool does not exist (${pool}). Please check that you specified a valid resource name as returned in the \`name\` attribute in the configuration API.`,
    );
};

const basicRoles = { Owner: 'roles/owner', Editor: 'roles/editor', Viewer: 'roles/viewer' } as const;

/** The role and the project that a member like `projectOwner:acme-data` stands for. */
export const basicRoleOf = (
  member: string,
): { readonly role: string; readonly project: string } | undefined => {
  const [, role, id] = /^project(Owner|Editor|Viewer):(.+)$/.exec(member) ?? [];
  return role === undefined
    ? undefined
    : { role: basicRoles[role as keyof typeof basicRoles], project: `projects/${id}` };
};

/** A project's GKE pool exists without being created. */
const isGkePool = (pool: string): boolean => pool.endsWith('.svc.id.goog');
