import { inheritedRoles } from '../../../shared/app/adopt.ts';
import { findRole } from '../../../shared/app/find-role.ts';
import { type HeldAccess, isNothing, roleAccess, waitUntilGone } from '../../../shared/app/revoke-role.ts';
import { unreadAccounts } from '../../../shared/app/snapshot.ts';
import { type Survey, survey } from '../../../shared/app/survey.ts';
import { type Access, type AccessState, listAccess } from '../../../shared/core/access.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { adoptToRemove } from '../../../shared/core/inherited.ts';
import type { BindingId } from '../../../shared/core/ledger.ts';
import { canRevoke } from '../../../shared/core/mode.ts';
import type { RoleRef } from '../../../shared/core/model.ts';
import { currentOwnership, type PoolOwnership } from '../../../shared/core/ownership.ts';
import { noSuchRole, parseNamedRole, roleLabel, suggestionOf } from '../../../shared/core/role-argument.ts';
import { isSameRole } from '../../../shared/core/role-key.ts';
import { isServiceAccountResource } from '../../../shared/core/service-account.ts';
import { accountIdsOf, homeOf, type Settings } from '../../../shared/core/settings.ts';
import { resourceText } from '../../../shared/core/target.ts';
import { rolebridge, shellWord } from '../../../shared/doctor/commands.ts';
import { colors } from '../../colors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { unlessInterrupted } from '../../interruption.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { Terminal } from '../../terminal.ts';

export interface RevokeRoleOptions {
  /** Its name or an ARN. */
  readonly role: string;
  readonly yes: boolean;
  readonly timeoutSeconds: number;
}

interface Result {
  /** As a person names it. */
  readonly label: string;
  /** The owner of the pool: the sweep does not change a pool that is not ours. */
  readonly pool: PoolOwnership['kind'];
  readonly hadNothing: boolean;
  /** It had access only by Google roles on resources. */
  readonly wasDirect: boolean;
  readonly isGone: boolean;
  /** Access that is left, or could not be seen. */
  readonly lines: readonly string[];
  /** The commands that let the sweep remove members that were there before rolebridge used their resource. */
  readonly adoptions: readonly string[];
  /** Nothing else is left. */
  readonly isAllAdoptable: boolean;
}

/** In all of them, the policy binds the role. */
const boundStates: ReadonlySet<AccessState> = new Set(['bound', 'unasked', 'unclear', 'inherited']);

/** Access that no tag asks for may be that of a tag which was removed a moment ago. */
const untaggedSeconds = 60;

/**
 * Untags the role with the caller's own permissions, waits until the functions have revoked its access, and proves it. In
 * another account than the home account, we can only read: someone there removes the tags.
 */
export const revokeRole = async (
  terminal: Terminal,
  { role: named, yes, timeoutSeconds }: RevokeRoleOptions,
): Promise<ExitCode> => {
  const { stage, say, signal } = terminal;
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  assertCanRevoke(settings);
  const asked = parseNamedRole(named, settings);
  const ports = runtime.own(settings);
  const before = await terminal.progress(`Looking at role ${asked.roleName}`, async () => {
    await runtime.signIn(settings);
    return roleAccess(settings, ports, await findRole(settings, ports.roles, asked));
  });
  const { role, keys } = before;
  const { ref } = role;
  const label = roleLabel(accountIdsOf(settings), ref);
  const isElsewhere = ref.accountId !== homeOf(settings);
  const hadNothing = keys.length === 0 && isNothing(before.held);
  const waitSeconds = keys.length > 0 ? timeoutSeconds : Math.min(timeoutSeconds, untaggedSeconds);
  if (keys.length > 0) {
    const has = isNothing(before.held) ? '; it has no access.' : ' and this access:';
    say(
      isElsewhere
        ? `Role ${label} has the ${keys.length === 1 ? 'tag' : 'tags'} ${keys.join(', ')}${has}`
        : `Role ${label} loses the ${keys.length === 1 ? 'tag' : 'tags'} ${keys.join(', ')}${has}`,
    );
    for (const line of heldLines(before.held)) say(line);
    if (isElsewhere) {
      for (const line of elsewhereLines(ref, keys)) say(line);
      say(`Waiting until they are removed, and for the functions (at most ${timeoutSeconds} s) …`);
    } else {
      if (!yes && !(await terminal.confirm('Revoke this access?'))) {
        terminal.show({ role: ref, untagged: [], isGone: false }, () => 'Nothing was changed.');
        return exitCodes.failed;
      }
      await runtime.roleTags().untag(ref, keys);
      say(`Untagged. Waiting for the functions (at most ${timeoutSeconds} s) …`);
    }
  } else if (!hadNothing) {
    say(`Role ${label} has none of our tags, and still has:`);
    for (const line of heldLines(before.held)) say(line);
    say(`The functions may be removing it. Waiting for them (at most ${waitSeconds} s) …`);
  }
  const untagged = isElsewhere ? [] : keys;
  const { left, found } = await unlessInterrupted(
    signal,
    interruptedText(label, untagged, stage),
    async () => ({
      left: await terminal.progress('Waiting until binding and parameters are gone', () =>
        hadNothing
          ? Promise.resolve(before.held)
          : waitUntilGone(settings, ports, before, {
              timeoutSeconds: waitSeconds,
              isUntagging: isElsewhere,
            }),
      ),
      found: await terminal.progress('Looking for access that is left', () =>
        survey(settings, runtime.survey(settings)),
      ),
    }),
  );
  // Role names in any casing, and pools that earlier versions of rolebridge.yml named.
  const bound = listAccess(found.settings, found.seen, found.now).filter(
    ({ ref: other, state }) => isSameRole(other, ref) && boundStates.has(state),
  );
  const adoptable = adoptableAmong(found, ref, bound);
  const unseen = [...found.seen.blindSpots, ...unreadAccounts(found.seen)].map(
    ({ what, reason }) => `${what} (${reason})`,
  );
  const isGone = isNothing(left) && bound.length === 0 && unseen.length === 0;
  if (hadNothing && isGone && role.kind === 'absent')
    throw noSuchRole(
      ref,
      suggestionOf(
        ref.roleName,
        found.seen.roles.map((other) => other.ref.roleName),
      ),
    );
  const result = {
    label,
    pool: currentOwnership(found.settings, found.seen.ownerships).kind,
    hadNothing,
    wasDirect: before.resources.length > 0 && !before.resources.some(isServiceAccountResource),
    isGone,
    lines: [
      ...heldLines(left),
      ...bound.map(
        ({ target, state }) =>
          `  bound on ${target}${state === 'inherited' ? ', since before rolebridge used it' : ''}`,
      ),
      ...unseen.map((what) => `  not seen: ${what}`),
    ],
    adoptions: [...new Set(adoptable.map((binding) => adoptToRemove(binding, label)))],
    isAllAdoptable: isNothing(left) && unseen.length === 0 && adoptable.length === bound.length,
  };
  const shown = bound.map(({ target, state }) => ({ target, state }));
  terminal.show({ role: ref, untagged, isGone, left, bound: shown, unseen }, () => resultText(result, stage));
  return isGone ? exitCodes.done : exitCodes.failed;
};

/** Inherited bindings that are on a list of the table: only these can a person answer for. */
const adoptableAmong = (
  { settings, seen: { table } }: Survey,
  ref: RoleRef,
  bound: readonly Access[],
): readonly BindingId[] =>
  bound.flatMap(({ state, binding }) =>
    state === 'inherited' &&
    binding !== undefined &&
    table !== undefined &&
    inheritedRoles(settings, table, binding.resource).some((other) => isSameRole(other, ref))
      ? [binding]
      : [],
  );

const assertCanRevoke = ({ mode }: Settings): void => {
  if (!canRevoke(mode))
    throw new PermanentError(
      `In mode ${mode} the functions revoke nothing: the tag would be removed, but the access would stay. Set mode: sync in rolebridge.yml and deploy, or remove the binding by hand.`,
    );
};

/** For the person who may write in that account. */
const elsewhereLines = ({ accountId, roleName }: RoleRef, keys: readonly string[]): readonly string[] => [
  `rolebridge writes nothing in account ${accountId} from here. Remove the ${keys.length === 1 ? 'tag' : 'tags'} with credentials of that account:`,
  `  aws iam untag-role --role-name ${roleName} --tag-keys ${keys.map(shellWord).join(' ')}`,
];

const heldLines = ({ tags = [], resources, parameters, unseen }: HeldAccess): readonly string[] => [
  ...tags.map((key) => `  still tagged: ${key}`),
  ...resources.map((resource) => `  bound on ${resourceText(resource)}`),
  ...parameters.map(({ region, name }) => `  published as ${name} in ${region}`),
  ...unseen.map((reason) => `  not seen: ${reason}`),
];

/** Ctrl-C ends the waiting, not the functions. */
const interruptedText = (label: string, keys: readonly string[], stage: string): string => {
  const removed = keys.length === 1 ? `The tag ${keys.join()} is` : `The tags ${keys.join(', ')} are`;
  return [
    keys.length === 0 ? 'Nothing was changed.' : `${removed} gone, and the functions revoke the access.`,
    `Role ${label} may still have access.`,
    `To wait for the proof: ${rolebridge(stage, `revoke --role ${label}`)}`,
  ].join(' ');
};

const resultText = (
  { label, pool, hadNothing, wasDirect, isGone, lines, adoptions, isAllAdoptable }: Result,
  stage: string,
): string => {
  if (!isGone)
    return [
      colors.red(`Not proven gone: role ${label}`),
      ...new Set(lines),
      ...adoptions.map(
        (adopt) => `The sweep keeps what was there before, until you answer: ${rolebridge(stage, adopt)}`,
      ),
      ...(isAllAdoptable && pool === 'ours' ? [] : [nextText(pool, stage)]),
      `To find the cause: ${rolebridge(stage, `doctor --role ${label}`)}`,
    ].join('\n');
  if (hadNothing) return `Role ${label} has none of our tags and no access.`;
  return [
    colors.green(`Gone: role ${label} is bound nowhere, and none of its parameters is left.`),
    wasDirect ? directTokensText : tokensText,
  ].join('\n');
};

const tokensText =
  'Google takes up to 7 minutes to refuse new tokens everywhere. A token that was already issued stays valid for up to an hour.';

/** A federated token is checked at each call. */
const directTokensText =
  'Google takes up to 7 minutes to refuse the role everywhere, also with tokens that were issued already.';

/** Says who removes the bindings that are left. */
const nextText = (pool: PoolOwnership['kind'], stage: string): string => {
  switch (pool) {
    case 'ours':
      return `The sweep revokes access that no tag requests: ${rolebridge(stage, 'sweep')}`;
    case 'another':
      return 'The pool belongs to another deployment, so neither the functions nor the sweep remove what is still bound: docs/operations.md, "pool-not-ours"';
    case 'unproven':
      return 'The pool is not marked as that of this deployment, so the sweep removes only what the ledger lists: docs/operations.md, "pool-not-ours"';
  }
};
