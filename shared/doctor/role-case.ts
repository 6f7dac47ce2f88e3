import pMap from 'p-map';
import { desiredOf } from '../core/desired.ts';
import { PermanentError } from '../core/errors.ts';
import type { ObservedFolder, ObservedPolicy } from '../core/observed.ts';
import { parameterPath } from '../core/parameter-name.ts';
import { type ResourceName, serviceAccountResource } from '../core/service-account.ts';
import type { RoleCase } from './binding-checks.ts';
import type { Context } from './context.ts';
import type { MappedRole } from './mapping.ts';
import { sessionsOf } from './mapping.ts';
import type { RoleDetail } from './ports.ts';
import { parseTrust } from './usage-checks.ts';

export type RoleThere = Exclude<RoleDetail, { readonly kind: 'absent' }>;

/** @throws PermanentError where there is no such role */
export const detailOf = async (context: Context, name: string): Promise<RoleThere> => {
  const detail = await context.aws.role(name);
  if (detail.kind === 'absent') throw new PermanentError(`There is no role ${name}.`);
  return detail;
};

/** A role with what its tags ask for and the guardrail allows. */
export const caseOf = async (context: Context, name: string): Promise<RoleCase> => {
  const settings = await context.settings();
  const { id: accountId } = await context.account();
  const { roleName, roleId, arn, tags } = await detailOf(context, name);
  const role = {
    kind: 'present',
    ref: { partition: 'aws', accountId, roleName },
    roleId,
    arn,
    tags,
  } as const;
  return {
    settings,
    stage: context.stage,
    role,
    desired: desiredOf(role, settings, context.now),
    now: context.now,
  };
};

/** The service accounts that a role's tags ask for. */
export const emailsOf = ({ desired: { grants } }: RoleCase): readonly string[] => [
  ...new Set(grants.map(({ target }) => target.email)),
];

export const mappedRole = async (context: Context, name: string): Promise<MappedRole> => {
  const { role } = await caseOf(context, name);
  const { trust } = await detailOf(context, name);
  return { ref: role.ref, roleId: role.roleId, sessions: sessionsOf(parseTrust(trust).services) };
};

type Policies = ReadonlyMap<ResourceName, ObservedPolicy>;

const policyOf = async (context: Context, email: string): Promise<ObservedPolicy> => {
  const google = await context.google();
  try {
    const policy = await google.accountPolicy(email);
    // One NOT_FOUND does not prove that the account is gone; its own check looks for it in the project's listing.
    return policy === undefined ? { kind: 'unreadable' } : { kind: 'read', policy };
  } catch {
    return { kind: 'unreadable' };
  }
};

/** Reads at a time, of each kind. */
const readConcurrency = 8;

export const policiesOf = async (context: Context, emails: readonly string[]): Promise<Policies> =>
  new Map(
    await pMap(
      emails,
      async (email) => [serviceAccountResource(email), await policyOf(context, email)] as const,
      {
        concurrency: readConcurrency,
      },
    ),
  );

/** Accounts that are looked through for bindings that nothing explains; a sweep looks through all. */
const mostAccounts = 300;

/** The allow policies of every account that may be a target, as far as they can be seen. */
export const allPolicies = async (
  context: Context,
): Promise<{ readonly policies: Policies; readonly unseen: readonly string[] }> => {
  const { google: side } = await context.settings();
  const google = await context.google();
  const unseen: string[] = [];
  const emails: string[] = [];
  for (const project of side.projects)
    try {
      emails.push(...(await google.serviceAccounts(project)));
    } catch {
      unseen.push(`project ${project}`);
    }
  const targets = emails.filter((email) => email !== side.serviceAccount);
  const left = targets.length - mostAccounts;
  if (left > 0) unseen.push(`${left} accounts beyond the first ${mostAccounts}`);
  const policies = await policiesOf(context, targets.slice(0, mostAccounts));
  const unreadable = targets.filter(
    (email) => policies.get(serviceAccountResource(email))?.kind === 'unreadable',
  );
  return { policies, unseen: [...unseen, ...unreadable] };
};

/** The role's folder in every region, as far as it can be read. */
export const foldersOf = async (
  context: Context,
  { settings, role }: RoleCase,
): Promise<readonly ObservedFolder[]> => {
  const path = parameterPath(settings.parameterPrefix, role.ref);
  return pMap(
    settings.regions,
    async (region): Promise<ObservedFolder> => {
      try {
        return { kind: 'read', region, path, parameters: await context.aws.parameters(region, path) };
      } catch {
        return { kind: 'unreadable', region, path };
      }
    },
    { concurrency: readConcurrency },
  );
};
