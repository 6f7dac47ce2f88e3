import { type HeldAccess, isNothing, roleAccess, waitUntilGone } from '../../../shared/app/revoke-role.ts';
import { unreadAccounts } from '../../../shared/app/snapshot.ts';
import { survey } from '../../../shared/app/survey.ts';
import { accesses } from '../../../shared/core/access.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { takesAway } from '../../../shared/core/mode.ts';
import type { RoleRef } from '../../../shared/core/model.ts';
import { currentOwnership, type PoolOwnership } from '../../../shared/core/ownership.ts';
import { isSameRole } from '../../../shared/core/role-key.ts';
import { emailOfResource } from '../../../shared/core/service-account.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { colors } from '../../colors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';

export interface RevokeRoleOptions {
  readonly roleName: string;
  readonly yes: boolean;
  readonly timeoutSeconds: number;
}

const heldLines = ({ resources, parameters, unseen }: HeldAccess): readonly string[] => [
  ...resources.map((resource) => `  bound on ${emailOfResource(resource)}`),
  ...parameters.map(({ region, name }) => `  published as ${name} in ${region}`),
  ...unseen.map((reason) => `  not seen: ${reason}`),
];

const refOf = ({ accounts, mode }: Settings, roleName: string): RoleRef => {
  const [account] = accounts;
  if (account === undefined) throw new PermanentError('rolebridge.yml configures no account.');
  if (!takesAway(mode))
    throw new PermanentError(
      `In mode ${mode} the functions take nothing away: the tag would go, and the access would stay. Set mode: sync in rolebridge.yml and deploy, or take the binding away by hand.`,
    );
  return { partition: 'aws', accountId: account.id, roleName };
};

interface Result {
  readonly ref: RoleRef;
  readonly isAbsent: boolean;
  /** Whose the pool is: what is not ours, the sweep leaves. */
  readonly pool: PoolOwnership['kind'];
  readonly hadNothing: boolean;
  readonly isGone: boolean;
  /** What is left, or could not be seen. */
  readonly lines: readonly string[];
}

/** What becomes of bindings that are still there. */
const nextText = (pool: PoolOwnership['kind'], stage: string): string => {
  switch (pool) {
    case 'ours':
      return `What no tag asks for, the sweep takes away: rolebridge sweep --stage ${stage}`;
    case 'another':
      return 'The pool belongs to another deployment, so neither the functions nor the sweep remove what is still bound: docs/operations.md, "pool-not-ours"';
    case 'unproven':
      return 'The pool is not marked as that of this deployment, so the sweep removes only what the ledger lists: docs/operations.md, "pool-not-ours"';
  }
};

const resultText = ({ ref, isAbsent, pool, hadNothing, isGone, lines }: Result, stage: string): string => {
  const { roleName, accountId } = ref;
  if (!isGone)
    return [
      colors.red(`Not proven gone: role ${roleName}`),
      ...new Set(lines),
      nextText(pool, stage),
      `What is wrong: rolebridge doctor --role ${roleName}`,
    ].join('\n');
  if (hadNothing && isAbsent) return colors.red(`There is no role ${roleName} in account ${accountId}.`);
  if (hadNothing) return `Role ${roleName} has no tag of ours and no access.`;
  return [
    colors.green(`Gone: role ${roleName} is bound nowhere, and none of its parameters is left.`),
    'Google takes up to 7 minutes until new tokens are refused everywhere; one already issued lives on for up to an hour.',
  ].join('\n');
};

/** Untags the role with the caller's own permission, waits until the functions have taken its access away, and proves it. */
export const revokeRole = async (
  terminal: Terminal,
  { roleName, yes, timeoutSeconds }: RevokeRoleOptions,
): Promise<ExitCode> => {
  const { stage, signal, logger, say } = terminal;
  const runtime = createCommandRuntime({ stage, signal, logger });
  const settings = runtime.settings();
  const asked = refOf(settings, roleName);
  const ports = runtime.own(settings);
  const before = await terminal.progress(`Looking at role ${roleName}`, async () => {
    await runtime.signIn(settings);
    return roleAccess(settings, ports, asked);
  });
  const { role, keys } = before;
  const { ref } = role;
  if (keys.length > 0) {
    const has = isNothing(before.held) ? '; it has no access.' : ', and with it what it has:';
    say(`Role ${ref.roleName} loses the ${keys.length === 1 ? 'tag' : 'tags'} ${keys.join(', ')}${has}`);
    for (const line of heldLines(before.held)) say(line);
    if (!yes && !(await terminal.confirm('Take it away?'))) {
      terminal.show({ version: 1, role: ref, untagged: [], isGone: false }, () => 'Nothing was changed.');
      return exitCodes.failed;
    }
    await runtime.roleTags().untag(ref, keys);
    say(`Untagged. Waiting for the functions (at most ${timeoutSeconds} s) …`);
  }
  const left = await terminal.progress('Waiting until binding and parameters are gone', () =>
    keys.length === 0 ? Promise.resolve(before.held) : waitUntilGone(settings, ports, before, timeoutSeconds),
  );
  const found = await terminal.progress('Looking for anything that is left', () =>
    survey(settings, runtime.survey(settings)),
  );
  // In every casing of the role's name, and in the pools that earlier files named.
  const bound = accesses(found.settings, found.seen, found.now).filter(
    (one) => isSameRole(one.ref, ref) && (one.state === 'bound' || one.state === 'unasked'),
  );
  const unseen = [...found.seen.blindSpots, ...unreadAccounts(found.seen)].map(
    ({ what, reason }) => `${what} (${reason})`,
  );
  const isGone = isNothing(left) && bound.length === 0 && unseen.length === 0;
  const result = {
    ref,
    isAbsent: role.kind === 'absent',
    pool: currentOwnership(found.settings, found.seen.ownerships).kind,
    hadNothing: keys.length === 0 && isNothing(before.held),
    isGone,
    lines: [
      ...heldLines(left),
      ...bound.map(({ target }) => `  bound on ${target}`),
      ...unseen.map((what) => `  not seen: ${what}`),
    ],
  };
  terminal.show({ version: 1, role: ref, untagged: keys, isGone, left, unseen }, () =>
    resultText(result, stage),
  );
  return isGone && !(result.hadNothing && result.isAbsent) ? exitCodes.done : exitCodes.failed;
};
