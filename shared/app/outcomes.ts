import type { Change } from '../core/change.ts';
import { readPublished } from '../core/credential-config.ts';
import type { Desired } from '../core/desired.ts';
import type { Failure } from '../core/errors.ts';
import { memberOf } from '../core/member.ts';
import { writesNothing } from '../core/mode.ts';
import type { Cause, Grant, Refusal, RoleState } from '../core/model.ts';
import {
  type GrantState,
  type Look,
  type Outcome,
  type OutcomeDetail,
  type OutcomeType,
  outcome,
} from '../core/outcome.ts';
import { parameterName } from '../core/parameter-name.ts';
import type { Settings } from '../core/settings.ts';
import { type ChangeResult, failureOf, type PlannedRole } from './apply.ts';

export interface Telling {
  readonly settings: Settings;
  readonly cause: Cause;
  readonly look: Look;
  readonly now: Date;
}

type State = Omit<OutcomeDetail, 'version' | 'id' | 'requestedBy' | 'cause' | 'at' | 'role'>;

const tell = (
  { settings, cause, look, now }: Telling,
  role: RoleState,
  type: OutcomeType,
  state: State,
): Outcome =>
  outcome(type, look, cause, now, {
    role: role.kind === 'present' ? { ...role.ref, roleId: role.roleId } : role.ref,
    ...state,
    ...(writesNothing(settings.mode) ? { planned: true as const } : {}),
  });

/** Everything that one grant of a role is, as an outcome tells it. */
const grantState = (settings: Settings, role: RoleState, grant: Grant): GrantState => ({
  grant: grant.name,
  tag: grant.tag,
  rule: grant.rule,
  target: grant.target,
  member: memberOf(settings, role.ref),
  parameters: settings.regions.map((region) => ({
    region,
    name: parameterName(settings.parameterPrefix, role.ref, grant.name),
  })),
  ...(grant.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt }),
});

const reasonOf = (failures: readonly Failure[]): string =>
  [...new Set(failures.map(({ message }) => message))].join(' ');

const concerns = (change: Change, name: string, email: string): boolean =>
  change.email === email && change.grants.includes(name);

/** `effective within minutes`, never "ready": Google takes 2 to 7 minutes until a binding works everywhere. */
const grantedReason = 'Granted; effective within minutes.';
const revokedReason =
  'No new tokens within minutes; an access token already issued lives on for up to an hour.';

const grantOutcomes = (
  telling: Telling,
  role: PlannedRole,
  desired: Desired,
  results: ReadonlyMap<Change, ChangeResult>,
): readonly Outcome[] =>
  desired.grants.flatMap((grant) => {
    const changes = role.changes.filter(
      (change) =>
        (change.kind === 'bind' || change.kind === 'unbind' || change.kind === 'publish') &&
        concerns(change, grant.name, grant.target.email),
    );
    const state = grantState(telling.settings, role.role, grant);
    const failures = changes.flatMap((change) => failureOf(results.get(change)) ?? []);
    if (failures.length > 0)
      return [tell(telling, role.role, 'Failed', { ...state, reason: reasonOf(failures) })];
    return changes.length > 0
      ? [tell(telling, role.role, 'Granted', { ...state, reason: grantedReason })]
      : [];
  });

/**
 * Access that was there and that no grant explains: by the grant that the ledger names, or by its account alone. A
 * parameter that was planted is removed without an outcome: no access goes with it.
 */
const revocations = (
  telling: Telling,
  role: PlannedRole,
  desired: Desired,
  results: ReadonlyMap<Change, ChangeResult>,
): readonly Outcome[] => {
  const isDesired = (name: string | undefined, email: string) =>
    desired.grants.some(
      (grant) => grant.target.email === email && (name === undefined || grant.name === name),
    );
  const removals = role.changes.filter(
    (change) =>
      change.kind === 'unbind' ||
      change.kind === 'unlist' ||
      (change.kind === 'unpublish' && (change.email !== '' || failureOf(results.get(change)) !== undefined)),
  );
  const subjects = removals.flatMap(
    ({ grants, email }): readonly { readonly name: string | undefined; readonly email: string }[] =>
      grants.length === 0 ? [{ name: undefined, email }] : grants.map((name) => ({ name, email })),
  );
  const gone = Map.groupBy(
    subjects.filter(({ name, email }) => !isDesired(name, email)),
    ({ name, email }) => `${name ?? ''} ${email}`,
  );
  return [...gone.values()].flatMap(([subject]) => {
    if (subject === undefined) return [];
    const { name, email } = subject;
    const changes = removals.filter(
      (change) => change.email === email && (name === undefined || change.grants.includes(name)),
    );
    const failures = changes.flatMap((change) => failureOf(results.get(change)) ?? []);
    const others = desired.grants.filter(({ target }) => target.email === email).map((grant) => grant.name);
    const reason =
      others.length > 0
        ? `The config is taken away; access to ${email} stays through grant ${others.join(', ')}.`
        : revokedReason;
    const parameters = changes.flatMap((change) =>
      change.kind === 'unpublish' ? [{ region: change.region, name: change.name }] : [],
    );
    return [
      tell(telling, role.role, failures.length > 0 ? 'Failed' : 'Revoked', {
        ...(name === undefined ? {} : { grant: name }),
        ...(email === '' ? {} : { target: { kind: 'serviceAccount', email } }),
        member: memberOf(telling.settings, role.role.ref),
        parameters,
        reason: failures.length > 0 ? `Access may still be there. ${reasonOf(failures)}` : reason,
      }),
    ];
  });
};

export const changeOutcomes = (
  telling: Telling,
  role: PlannedRole,
  desired: Desired,
  results: ReadonlyMap<Change, ChangeResult>,
): readonly Outcome[] => [
  ...revocations(telling, role, desired, results),
  ...grantOutcomes(telling, role, desired, results),
];

export const refusalOutcomes = (
  telling: Telling,
  role: RoleState,
  refusals: readonly Refusal[],
): readonly Outcome[] =>
  refusals.map(({ name, target, reason, tagKey, value }) =>
    tell(telling, role, 'Refused', {
      grant: name,
      tag: { key: tagKey, value },
      ...(target === undefined ? {} : { target }),
      parameters: [],
      reason: `Tag ${tagKey} = "${value}": ${reason}`,
    }),
  );

/** Every grant of a role, where the pool is another owner's: nothing of it is done. */
export const foreignPoolOutcomes = (
  telling: Telling,
  role: RoleState,
  { grants }: Desired,
  reason: string,
): readonly Outcome[] =>
  grants.map((grant) =>
    tell(telling, role, 'Failed', { ...grantState(telling.settings, role, grant), reason }),
  );

/** A role that could not even be read. */
export const failedOutcome = (telling: Telling, role: RoleState, error: Failure): Outcome =>
  tell(telling, role, 'Failed', { parameters: [], reason: error.message });

/** The role's whole state, told after a redelivery: it makes up for an outcome that a kill may have lost. */
export const confirmedOutcome = (telling: Telling, role: RoleState, desired: Desired): Outcome => {
  const grants = desired.grants.map((grant) => grantState(telling.settings, role, grant));
  return tell(telling, role, 'Confirmed', {
    grants,
    parameters: grants.flatMap(({ parameters }) => parameters),
  });
};

/** Parameters in a role's folder that are neither asked for nor ours: left alone, and said so. */
export const foreignParameters = (
  settings: Settings,
  role: PlannedRole,
  desired: Desired,
): readonly { region: string; name: string }[] => {
  const asked = new Set(
    desired.grants.map((grant) => parameterName(settings.parameterPrefix, role.role.ref, grant.name)),
  );
  return role.folders.flatMap((folder) =>
    folder.kind === 'unreadable'
      ? []
      : folder.parameters
          .filter(({ name, value }) => !asked.has(name) && readPublished(settings, value).kind === 'foreign')
          .map(({ name }) => ({ region: folder.region, name })),
  );
};
