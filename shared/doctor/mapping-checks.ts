import { PermanentError } from '../core/errors.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { checkMaker, functionRefs, type Seen } from './google-check.ts';
import { checkCondition, checkMapping, checkSubject, exampleRoleId, type MappedRole } from './mapping.ts';
import { providerName } from './pool-checks.ts';

const mappedFunctions = async (context: Context): Promise<readonly MappedRole[]> =>
  (await functionRefs(context)).map((ref) => ({
    ref,
    roleId: exampleRoleId,
    // Lambda names a session like the function, and ours are called like their roles.
    sessions: [{ service: 'Lambda', sessionName: ref.roleName }],
  }));

/** Evaluates the provider's expressions for our functions and for the roles that are looked at. */
export const mappingChecks = (
  context: Context,
  mappedRoles: () => Promise<readonly MappedRole[]>,
): readonly Check[] => {
  const check = checkMaker(context);
  const { stage } = context;
  const permission = 'iam.workloadIdentityPoolProviders.get';
  const evaluated = async ({ settings, google, account }: Seen) => {
    const provider = await google.provider(providerName(settings, account.provider));
    if (provider.kind === 'absent') throw new PermanentError('The provider does not exist.');
    return { provider, roles: [...(await mappedFunctions(context)), ...(await mappedRoles())] };
  };
  const needs = ['provider'];
  return [
    check(
      'mapping',
      'Attribute mapping',
      permission,
      async (seen) => {
        const { provider, roles } = await evaluated(seen);
        return checkMapping(seen.settings, stage, provider, roles);
      },
      { needs },
    ),
    check(
      'condition',
      'Attribute condition',
      permission,
      async (seen) => {
        const { provider, roles } = await evaluated(seen);
        return checkCondition(stage, provider, roles);
      },
      { needs, causedBy: ['mapping', 'aws-account'] },
    ),
    check(
      'subject',
      'Length of the subject',
      permission,
      async (seen) => {
        const { provider, roles } = await evaluated(seen);
        return checkSubject(stage, provider, roles);
      },
      { needs },
    ),
  ];
};
