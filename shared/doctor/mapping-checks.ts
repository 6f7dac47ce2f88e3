import { PermanentError } from '../core/errors.ts';
import type { Check } from './check.ts';
import type { Facts } from './context.ts';
import { checkMaker, functionRefs, type Seen } from './google-check.ts';
import { exampleRoleId, judgeCondition, judgeMapping, judgeSubject, type MappedRole } from './mapping.ts';
import { providerName } from './pool-checks.ts';

const mappedFunctions = async (facts: Facts): Promise<readonly MappedRole[]> =>
  (await functionRefs(facts)).map((ref) => ({
    ref,
    roleId: exampleRoleId,
    // Lambda names a session like the function, and ours are called like their roles.
    sessions: [{ service: 'Lambda', sessionName: ref.roleName }],
  }));

/** Evaluates the provider's expressions for our functions and for the roles that are looked at. */
export const mappingChecks = (
  facts: Facts,
  mappedRoles: () => Promise<readonly MappedRole[]>,
): readonly Check[] => {
  const check = checkMaker(facts);
  const { stage } = facts;
  const permission = 'iam.workloadIdentityPoolProviders.get';
  const evaluated = async ({ settings, google, account }: Seen) => {
    const provider = await google.provider(providerName(settings, account.provider));
    if (provider.kind === 'absent') throw new PermanentError('The provider does not exist.');
    return { provider, roles: [...(await mappedFunctions(facts)), ...(await mappedRoles())] };
  };
  const needs = ['provider'];
  return [
    check(
      'mapping',
      'Attribute mapping',
      permission,
      async (seen) => {
        const { provider, roles } = await evaluated(seen);
        return judgeMapping(seen.settings, stage, provider, roles);
      },
      { needs },
    ),
    check(
      'condition',
      'Attribute condition',
      permission,
      async (seen) => {
        const { provider, roles } = await evaluated(seen);
        return judgeCondition(stage, provider, roles);
      },
      { needs, excusedBy: ['mapping', 'aws-account'] },
    ),
    check(
      'subject',
      'Length of the subject',
      permission,
      async (seen) => {
        const { provider, roles } = await evaluated(seen);
        return judgeSubject(stage, provider, roles);
      },
      { needs },
    ),
  ];
};
