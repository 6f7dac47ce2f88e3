import type { Change } from '../core/change.ts';
import type { Desired } from '../core/desired.ts';
import { type Condition, conditionsOf, hasEnded, sameCondition, untilCondition } from '../core/iam-policy.ts';
import { memberOf } from '../core/member.ts';
import { proposed, takesAway, writesNothing } from '../core/mode.ts';
import type { Grant, PresentRole, Refusal } from '../core/model.ts';
import type { Observed, ObservedFolder } from '../core/observed.ts';
import { grantOfParameter } from '../core/parameter-name.ts';
import { planRole } from '../core/plan.ts';
import { serviceAccountResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { rolebridge } from './commands.ts';
import {
  type Finding,
  failed,
  listed,
  numbered,
  ok,
  okUnless,
  type Problem,
  unknown,
  warning,
} from './finding.ts';

/** What is to be judged of one role, and where that comes from. */
export interface RoleCase {
  readonly settings: Settings;
  readonly stage: string;
  readonly role: PresentRole;
  readonly desired: Desired;
  readonly now: Date;
}

const grantText = ({ target, expiresAt }: Grant): string =>
  `${target.email}${expiresAt === undefined ? '' : ` until ${expiresAt}`}`;

const refusalText = ({ tagKey, value, reason }: Refusal): string => `${tagKey} = ${value}: ${reason}`;

/** The tags can be read and the guardrail allows them. A person who names a role wants it to have access. */
export const checkTags = (
  { settings: { tagKey }, role, desired: { grants, refusals } }: RoleCase,
  isNamed: boolean,
): Finding => {
  const { roleName } = role.ref;
  if (refusals.length > 0) {
    const judge = isNamed ? failed : warning;
    return judge(
      `Refused: ${refusals.map(refusalText).join('\n')}`,
      `Correct the tag: aws iam tag-role --role-name ${roleName} --tags Key=${refusals[0]?.tagKey},Value=<service account e-mail>`,
    );
  }
  return grants.length === 0
    ? failed(
        `Role ${roleName} has no tag ${tagKey}, so it asks for nothing.`,
        `Tag it: aws iam tag-role --role-name ${roleName} --tags Key=${tagKey},Value=<service account e-mail>`,
      )
    : ok(`It may have ${listed(grants.map(grantText))}.`);
};

/** What makes drift good again, and where it is none to be mended now. */
const drifted = (
  { settings: { mode } }: RoleCase,
  problems: readonly Problem[],
  message: string,
): Finding => {
  if (problems.length > 0 && writesNothing(mode))
    return warning(
      `${problems.map((fault) => fault.message).join('\n')}\nThe mode is ${mode}: nothing is written.`,
      'Set mode: sync in rolebridge.yml and deploy, when you have seen enough.',
    );
  return okUnless(problems, message);
};

const sweepFix = (stage: string): string => `Let rolebridge repair it: ${rolebridge(stage, 'sweep')}`;

const endText = (conditions: readonly (Condition | undefined)[], now: Date): string => {
  if (conditions.length === 0) return 'is not bound';
  return conditions.every((condition) => hasEnded(condition, now))
    ? 'is bound, but under a condition that has ended'
    : 'is bound, but under another condition';
};

/** Each grant's member is in the allow policy, under the condition that its tag says. */
export const checkBinding = (one: RoleCase, { policies }: Pick<Observed, 'policies'>): Finding => {
  const { settings, stage, role, desired, now } = one;
  const member = memberOf(settings, role.ref);
  const unseen = desired.grants.filter(
    ({ target }) => policies.get(serviceAccountResource(target.email))?.kind !== 'read',
  );
  const problems = desired.grants.flatMap((grant): readonly Problem[] => {
    const observed = policies.get(serviceAccountResource(grant.target.email));
    if (observed?.kind !== 'read') return [];
    const conditions = conditionsOf(observed.policy, member);
    const wanted = grant.expiresAt === undefined ? undefined : untilCondition(grant.expiresAt);
    return conditions.some((condition) => sameCondition(condition, wanted))
      ? []
      : [
          {
            message: `Role ${role.ref.roleName} ${endText(conditions, now)} on ${grantText(grant)}.`,
            fix: sweepFix(stage),
          },
        ];
  });
  if (problems.length === 0 && unseen.length > 0)
    return unknown(
      `Not checked: the allow policy of ${listed(unseen.map(({ target }) => target.email))} cannot be seen.`,
    );
  return drifted(
    one,
    problems,
    desired.grants.length === 0
      ? 'It has no grant, so no binding is missing.'
      : `It is bound on ${listed(desired.grants.map(grantText))}.`,
  );
};

/** What the function would do, by the same code. */
const planned = (
  { settings, role, desired, now }: RoleCase,
  observed: Omit<Observed, 'role' | 'entries'>,
): readonly Change[] =>
  proposed(settings.mode, planRole(settings, { role, entries: [], ...observed }, desired, now));

const isExpired = ({ desired: { refusals } }: RoleCase, grants: readonly string[]): boolean =>
  refusals.some(({ name, code }) => code === 'expired' && grants.includes(name));

/** Each region holds exactly the parameters that the grants ask for. */
export const checkParameters = (one: RoleCase, folders: readonly ObservedFolder[]): Finding => {
  const { settings, stage } = one;
  const unread = folders.filter(({ kind }) => kind === 'unreadable').map(({ region }) => region);
  // As if every account could be read: the binding has a check of its own.
  const policies = new Map(
    one.desired.grants.map(
      ({ target }) => [serviceAccountResource(target.email), { kind: 'read', policy: {} }] as const,
    ),
  );
  const problems = planned(one, { folders, policies }).flatMap((change): readonly Problem[] => {
    if (change.kind !== 'publish' && change.kind !== 'unpublish') return [];
    // The next sweep clears what expired.
    const hasEndedSince = change.kind === 'unpublish' && isExpired(one, [grantOfParameter(change.name)]);
    if (unread.includes(change.region) || hasEndedSince) return [];
    const folder = folders.find(({ region }) => region === change.region);
    const isThere = folder?.kind === 'read' && folder.parameters.some(({ name }) => name === change.name);
    const is = isThere ? 'is not what it should be' : 'is missing';
    return [
      {
        message: `The parameter ${change.name} in ${change.region} ${change.kind === 'unpublish' ? 'is left over' : is}.`,
        fix: sweepFix(stage),
      },
    ];
  });
  if (problems.length === 0 && unread.length > 0)
    return unknown(`Not checked: the parameters in ${listed(unread)} cannot be read.`);
  return drifted(
    one,
    problems,
    one.desired.grants.length === 0
      ? 'It has no grant, and no parameter is left over.'
      : `Its configs are published in ${listed(settings.regions)}.`,
  );
};

const grantsOn = ({ desired: { grants } }: RoleCase, email: string): readonly Grant[] =>
  grants.filter(({ target }) => target.email === email);

/** No account holds the role that no tag asks for. `unseen`: accounts that could not be looked at. */
export const checkElsewhere = (
  one: RoleCase,
  { policies }: Pick<Observed, 'policies'>,
  unseen: readonly string[],
): Finding => {
  const { settings, stage, role, now } = one;
  const isBoundAsWanted = (email: string): boolean =>
    checkBinding({ ...one, desired: { grants: grantsOn(one, email), refusals: [] } }, { policies }).status ===
    'ok';
  const problems = planned(one, { folders: [], policies }).flatMap((change): readonly Problem[] => {
    if (change.kind !== 'unbind' || hasEnded(change.edit.condition, now)) return [];
    const { email } = change;
    if (grantsOn(one, email).length === 0)
      return [
        {
          message: `Role ${role.ref.roleName} is bound on ${email}, and no tag of it asks for that.`,
          fix: sweepFix(stage),
        },
      ];
    // A binding that is wrong is told where the right one is missed.
    return isBoundAsWanted(email)
      ? [
          {
            message: `Role ${role.ref.roleName} is bound a second time on ${email}, under ${change.edit.condition === undefined ? 'no condition' : 'another condition'}.`,
            fix: sweepFix(stage),
          },
        ]
      : [];
  });
  if (problems.length === 0 && unseen.length > 0)
    return unknown(`Nothing found, but ${listed(unseen)} could not be looked at.`);
  return drifted(
    one,
    problems,
    takesAway(settings.mode)
      ? `It is bound nowhere else (${numbered(policies.size, 'account')} looked at).`
      : `Nothing is taken away in mode ${settings.mode}.`,
  );
};
