import { readPublished } from '../core/credential-config.ts';
import type { Desired } from '../core/desired.ts';
import type { Failure } from '../core/errors.ts';
import { memberOf } from '../core/member.ts';
import { writesNothing } from '../core/mode.ts';
import type { Grant, Refusal, RoleState } from '../core/model.ts';
import {
  type GrantState,
  type Outcome,
  type OutcomeDetail,
  type OutcomeType,
  outcome,
} from '../core/outcome.ts';
import { parameterName } from '../core/parameter-name.ts';
import { type Evidence, requesterOf } from '../core/requester.ts';
import { emailOfResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { SeenAccess } from './access-after.ts';
import type { PlannedRole } from './apply.ts';

export type Telling = Evidence;

export type State = Omit<
  OutcomeDetail,
  'version' | 'id' | 'requestedBy' | 'isRecorded' | 'cause' | 'cut' | 'at' | 'role'
>;

/** `isMade`: this look made or removed the binding itself. */
export const tell = (
  telling: Telling,
  role: RoleState,
  type: OutcomeType,
  state: State,
  isMade?: boolean,
): Outcome =>
  outcome(
    type,
    requesterOf(telling, role, state),
    telling.now,
    {
      role: role.kind === 'present' ? { ...role.ref, roleId: role.roleId } : role.ref,
      ...state,
      ...(writesNothing(telling.settings.mode) ? { planned: true as const } : {}),
    },
    isMade,
  );

/** Everything that one grant of a role is to be, as an outcome tells it. */
export const grantState = (settings: Settings, role: RoleState, grant: Grant): GrantState => ({
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

export const refusalOutcomes = (
  telling: Telling,
  role: RoleState,
  refusals: readonly Refusal[],
  staying: SeenAccess['left'],
): readonly Outcome[] =>
  refusals.map(({ name, target, reason, tagKey, value }) => {
    const left = staying.filter(({ grants }) => grants.includes(name));
    return tell(telling, role, 'Refused', {
      grant: name,
      tag: { key: tagKey, value },
      ...(target === undefined ? {} : { target }),
      parameters: [],
      ...(left.length === 0 ? {} : { left }),
      reason: `Tag ${tagKey} = "${value}": ${reason}`,
    });
  });

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

/** What a person's answer dropped from the ledger. It is not confirmed gone, so it is not `Revoked`. */
export const forgottenOutcomes = (
  telling: Telling,
  { role, forgotten = [] }: PlannedRole,
): readonly Outcome[] =>
  forgotten.flatMap(({ entry, thing, answeredBy }) =>
    (entry.grants.length === 0 ? [undefined] : entry.grants).map((grant) =>
      tell(
        { ...telling, events: [], drift: { ...(telling.drift ?? telling.cause), answeredBy } },
        role,
        'Forgotten',
        {
          ...(grant === undefined ? {} : { grant }),
          target: { kind: 'serviceAccount', email: emailOfResource(entry.resource) },
          member: entry.member,
          parameters: [],
          since: entry.since,
          reason:
            `${answeredBy} answered that ${thing.kind} ${thing.name} is gone (rolebridge forget), so the ledger no longer lists this binding. ` +
            'Nobody has confirmed that it is gone: if it comes back, it gives access again, and a sweep that can read its policy removes it.',
        },
      ),
    ),
  );

/** A role that could not even be read. */
export const failedOutcome = (
  telling: Telling,
  role: RoleState,
  error: Failure,
  about: Partial<Pick<State, 'target' | 'parameters'>> = {},
): Outcome => tell(telling, role, 'Failed', { parameters: [], ...about, reason: error.message });

/** What the role has, as it was seen after a redelivery: it makes up for an outcome that a kill may have lost. */
export const confirmedOutcome = (telling: Telling, role: RoleState, { grants, left }: SeenAccess): Outcome =>
  tell(telling, role, 'Confirmed', {
    grants,
    ...(left.length === 0 ? {} : { left }),
    parameters: grants.flatMap(({ parameters }) => parameters),
  });

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
