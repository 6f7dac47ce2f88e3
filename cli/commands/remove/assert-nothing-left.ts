import { everythingOfOurs, isProven, stillListed, unprovenOf } from '../../../shared/app/revoke-all.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { canRevoke } from '../../../shared/core/mode.ts';
import { roleLabel } from '../../../shared/core/role-argument.ts';
import { accountIdsOf, type Settings } from '../../../shared/core/settings.ts';
import { counted } from '../../../shared/counted.ts';
import { rolebridge } from '../../../shared/doctor/commands.ts';
import type { CommandRuntime } from '../../runtime.ts';

/**
 * Without the functions, no one revokes: a role keeps its access, even if it loses its tag. So everything must be revoked
 * first, and stay so until the stack is gone.
 * @throws PermanentError with the command that revokes everything
 */
export const assertNothingLeft = async (
  runtime: CommandRuntime,
  settings: Settings,
  stage: string,
): Promise<void> => {
  const keep = `To remove the stack and keep the access: ${rolebridge(stage, 'remove --keep-access')}`;
  if (!canRevoke(settings.mode))
    throw new PermanentError(
      `In mode ${settings.mode} rolebridge revokes nothing, so nothing can be proven gone. ${keep}`,
    );
  await runtime.signIn(settings);
  const [found, isDeployed] = await Promise.all([
    everythingOfOurs(settings, runtime.survey(settings)),
    runtime.stack(settings).isDeployed(),
  ]);
  const advice = `Run "${rolebridge(stage, 'revoke --all')}" first. ${keep}`;
  if (isProven(found)) {
    // Without it, a role that is tagged now would get access that stays. Without the functions, no role gets any.
    if (found.revokeAll !== undefined || !isDeployed) return;
    throw new PermanentError(`The functions still grant what tags request. ${advice}`);
  }
  const accountIds = accountIdsOf(settings);
  const roles = new Set([
    ...found.drifted.map(({ drift: { ref } }) => roleLabel(accountIds, ref)),
    ...stillListed(found).map(({ role }) => roleLabel(accountIds, role)),
  ]);
  const unseen = unprovenOf(found).map(({ what, reason }) => `${what} (${reason})`);
  throw new PermanentError(
    [
      ...(roles.size > 0
        ? [
            `${counted(roles.size, 'role')} would keep access or configs: ${[...roles].toSorted().join(', ')}.`,
          ]
        : []),
      ...unseen.map((one) => `Not seen: ${one}.`),
      advice,
    ].join(' '),
  );
};
