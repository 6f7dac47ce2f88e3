import pMap from 'p-map';
import { grantOfParameter, parameterPath } from '../core/grant-parameters.ts';
import type { ObservedFolder } from '../core/observed.ts';
import { regionsOf } from '../core/settings.ts';
import { siteOf } from '../core/target.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { drift, okUnlessDrifted, plannedChanges } from './drift.ts';
import { type Finding, listed, type Problem, unknown } from './finding.ts';
import { orRevoked } from './ledger-checks.ts';
import { type RoleCase, type RoleCheck, readRoleCase } from './role-case.ts';

export const parametersCheck = (
  context: Context,
  name: string,
  check: RoleCheck,
  causedBy: readonly string[],
): Check =>
  check(
    'parameters',
    'Parameters',
    'ssm:GetParametersByPath',
    async () => {
      const roleCase = await readRoleCase(context, name);
      return orRevoked(context, checkParameters(roleCase, await readFolders(context, roleCase)));
    },
    { causedBy },
  );

/** The role's folder in every region, as far as it can be read. */
export const readFolders = async (
  context: Context,
  { settings, role }: RoleCase,
): Promise<readonly ObservedFolder[]> => {
  const path = parameterPath(settings.parameterPrefix, role.ref);
  const { accountId } = role.ref;
  const view = await context.view(accountId);
  return pMap(
    regionsOf(settings, accountId),
    async (region): Promise<ObservedFolder> => {
      try {
        return {
          kind: 'read',
          region,
          path,
          parameters: await view.parameters({ accountId, region }, path),
        };
      } catch {
        return { kind: 'unreadable', region, path };
      }
    },
    { concurrency: 8 },
  );
};

/** Each region must hold exactly the parameters that the grants ask for. */
export const checkParameters = (roleCase: RoleCase, folders: readonly ObservedFolder[]): Finding => {
  const { settings, role, desired } = roleCase;
  const unread = folders.filter(({ kind }) => kind === 'unreadable').map(({ region }) => region);
  // The plan publishes nothing for an account that cannot be read. The binding check covers that, so assume it can.
  const policies = new Map(
    desired.grants.map(({ target }) => [siteOf(target).resource, { kind: 'read', policy: {} }] as const),
  );
  const problems = plannedChanges(roleCase, { folders, policies }).flatMap((change): readonly Problem[] => {
    if (change.kind !== 'publish' && change.kind !== 'unpublish') return [];
    if (unread.includes(change.region)) return [];
    // Nothing is published for a grant that waits for its binding.
    if (change.kind === 'publish' && isUndecided(roleCase, grantOfParameter(change.name))) return [];
    const where = `The parameter ${change.name} in ${change.region}`;
    if (change.kind === 'unpublish')
      // The next sweep deletes the config of an expired grant.
      return isExpired(roleCase, grantOfParameter(change.name))
        ? []
        : [drift(roleCase, `${where} is left over.`)];
    const folder = folders.find(({ region }) => region === change.region);
    const isThere = folder?.kind === 'read' && folder.parameters.some(({ name }) => name === change.name);
    return [drift(roleCase, `${where} ${isThere ? 'differs from the expected config' : 'is missing'}.`)];
  });
  if (problems.length === 0 && unread.length > 0)
    return unknown(`Not checked: the parameters in ${listed(unread)} cannot be read.`);
  return okUnlessDrifted(
    roleCase,
    problems,
    desired.grants.length === 0
      ? 'It has no grant, and no parameter is left over.'
      : `Its configs are published in ${listed(regionsOf(settings, role.ref.accountId))}.`,
  );
};

const isUndecided = ({ desired: { grants } }: RoleCase, grant: string): boolean =>
  grants.some(({ name, blocked }) => blocked !== undefined && grant === name);

const isExpired = ({ desired: { refusals } }: RoleCase, grant: string): boolean =>
  refusals.some(({ name, code }) => code === 'expired' && grant === name);
