import pMap from 'p-map';
import { callsAtATime } from '../app/observe.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { type Finding, listed, ok, warning } from './finding.ts';
import { resourcesAsked } from './inspected-resources.ts';
import { type MappedRole, sessionsOf } from './mapping-checks.ts';
import { type InspectedRole, readRole, readRoleCase } from './role-case.ts';
import { needsAws } from './stack-check.ts';
import { emailsOf } from './target-policies.ts';
import { parseTrust } from './trust.ts';

/** The roles to check: those that the caller named, else the first ones with tags. Reads no role of another account. */
export const readInspectedRoles = async (
  context: Context,
  namedRoles: readonly string[],
): Promise<readonly InspectedRole[]> => {
  const settings = await context.settingsIfAny();
  const configuredId = settings === undefined ? undefined : homeOf(settings);
  const actual = await context.identity().catch(() => undefined);
  const isOwnAccount = configuredId !== undefined && actual?.accountId === configuredId;
  const isNamed = namedRoles.length > 0;
  const names = isNamed ? [...new Set(namedRoles)] : isOwnAccount ? await taggedNames(context) : [];
  return pMap(
    names,
    async (name) => ({
      name,
      ...(isOwnAccount ? await readAsked(context, name) : nothing),
      isNamed,
    }),
    { concurrency: callsAtATime },
  );
};

/** Nothing if the role cannot be read: its own check reports that. */
const readAsked = async (context: Context, name: string): Promise<Asked> => {
  try {
    const { settings, desired } = await readRoleCase(context, name);
    return { emails: emailsOf(desired), resources: resourcesAsked(settings, desired) };
  } catch {
    return nothing;
  }
};

type Asked = Pick<InspectedRole, 'emails' | 'resources'>;

const nothing: Asked = { emails: [], resources: [] };

/** Empty if the roles cannot be listed: the check of tagged roles reports that. */
const taggedNames = async (context: Context): Promise<readonly string[]> => {
  try {
    return (await context.taggedRoles()).slice(0, maxRoles).map(({ ref }) => ref.roleName);
  } catch {
    return [];
  }
};

/** Roles to check unless the caller names them: each takes about ten calls. */
const maxRoles = 20;

/** The roles, as the checks of the provider's mapping need them; those that cannot be read are left out. */
export const readMappedRoles = async (
  context: Context,
  roles: readonly InspectedRole[],
): Promise<readonly MappedRole[]> => {
  const mapped = await pMap(roles, ({ name }) => readMappedRole(context, name).catch(() => undefined), {
    concurrency: callsAtATime,
  });
  return mapped.filter((role) => role !== undefined);
};

const readMappedRole = async (context: Context, name: string): Promise<MappedRole> => {
  const { role } = await readRoleCase(context, name);
  const { trust } = await readRole(context, name);
  return { ref: role.ref, roleId: role.roleId, sessions: sessionsOf(parseTrust(trust).services) };
};

export const taggedRolesCheck = (context: Context): Check => ({
  id: 'tagged-roles',
  group: 'Roles',
  title: 'Tagged roles',
  permission: 'iam:GetAccountAuthorizationDetails',
  needs: ['config', ...needsAws],
  causedBy: [],
  run: async () => {
    const settings = await context.settings();
    const roles = await context.taggedRoles();
    return checkTaggedRoles(
      settings,
      roles.map(({ ref }) => ref.roleName),
    );
  },
});

/** The names are those of the home account. With several accounts, it may have none of the roles. */
export const checkTaggedRoles = (
  settings: Pick<Settings, 'home' | 'accounts' | 'tagKey'>,
  names: readonly string[],
): Finding => {
  const { accounts, tagKey } = settings;
  if (names.length === 0 && accounts.length > 1)
    return ok(
      `No role of account ${homeOf(settings)} has a tag ${tagKey}. Roles of other accounts are checked only if you name them.`,
      'One of them: rolebridge doctor --role ACCOUNT/ROLE. All of them: rolebridge plan',
    );
  if (names.length === 0)
    return warning(
      `No role has a tag ${tagKey}.`,
      `Tag one: aws iam tag-role --role-name ROLE --tags Key=${tagKey},Value=SERVICE_ACCOUNT_EMAIL`,
    );
  const where = accounts.length > 1 ? ` of account ${homeOf(settings)}` : '';
  return names.length <= maxRoles
    ? ok(`${listed(names)}${where} ${names.length === 1 ? 'has' : 'have'} tags of rolebridge.`)
    : ok(
        `${names.length} roles${where} have tags of rolebridge; the first ${maxRoles} are checked.`,
        'Any other: rolebridge doctor --role ROLE. All of them: rolebridge plan',
      );
};
