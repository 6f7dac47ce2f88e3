import type { Failure } from '../core/errors.ts';
import type { ForgottenEntry } from '../core/forget.ts';
import { type GrantParameter, grantParameters } from '../core/grant-parameters.ts';
import type { Desired } from '../core/guardrail.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { memberOf, poolOfMember } from '../core/member.ts';
import { isDryRun } from '../core/mode.ts';
import type { Grant, Refusal, RoleState } from '../core/model.ts';
import { looksOurs, type ObservedFolder, type ParameterId } from '../core/observed.ts';
import {
  type GrantState,
  type LeftAccess,
  type Outcome,
  type OutcomeDetail,
  type OutcomeType,
  outcome,
} from '../core/outcome.ts';
import { type ReportContext, requesterOf } from '../core/requester.ts';
import { poolPath, regionsOf, type Settings } from '../core/settings.ts';
import { grantsNamedBy } from '../core/suppress.ts';
import { targetOf } from '../core/target.ts';
import type { Ports } from '../ports.ts';
import type { RoleRequest } from './role-request.ts';

export type State = Omit<
  OutcomeDetail,
  'version' | 'id' | 'requestedBy' | 'isRecorded' | 'cause' | 'cut' | 'at' | 'role'
>;

/** The access that a role has now, as we read it, whether or not its tags ask for it. */
export interface CurrentAccess {
  readonly grants: readonly GrantState[];
  readonly left: readonly LeftAccess[];
}

/** `entries`: what the ledger listed when the role was read. */
export const reportContext = (
  settings: Settings,
  ports: Pick<Ports, 'clock'>,
  { cause, drift, events, isCut, approved }: RoleRequest,
  entries: readonly LedgerEntry[] = [],
): ReportContext => ({
  settings,
  cause,
  ...(drift === undefined ? {} : { drift }),
  ...(approved === undefined ? {} : { approved }),
  events,
  ...(isCut === undefined ? {} : { isCut }),
  entries,
  now: ports.clock.now(),
});

/** `isMade`: this run made or removed the binding itself. */
export const makeOutcome = (
  context: ReportContext,
  role: RoleState,
  type: OutcomeType,
  state: State,
  isMade?: boolean,
): Outcome =>
  outcome(
    type,
    requesterOf(context, role, state),
    context.now,
    {
      role: role.kind === 'present' ? { ...role.ref, roleId: role.roleId } : role.ref,
      ...state,
      ...(isDryRun(context.settings.mode) ? { planned: true as const } : {}),
    },
    isMade,
  );

/** One grant of a role, as its tag asks for it. */
export const grantState = (settings: Settings, role: RoleState, grant: Grant): GrantState => ({
  grant: grant.name,
  tag: grant.tag,
  rule: grant.rule,
  target: grant.target,
  member: memberOf(settings, role.ref),
  parameters: placesOf(settings, role, grant).map(({ region, name }) => ({ region, name })),
  ...(grant.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt }),
});

/** A place where a parameter of a grant belongs. */
export interface GrantPlace extends ParameterId {
  readonly wanted: GrantParameter;
}

/** Every place where a grant is published. */
export const placesOf = (
  settings: Settings,
  { ref }: Pick<RoleState, 'ref'>,
  grant: Grant,
): readonly GrantPlace[] =>
  regionsOf(settings, ref.accountId).flatMap((region) =>
    grantParameters(settings, ref, grant).map((wanted) => ({ region, name: wanted.name, wanted })),
  );

export const refusalOutcomes = (
  context: ReportContext,
  role: RoleState,
  refusals: readonly Refusal[],
  staying: CurrentAccess['left'],
): readonly Outcome[] =>
  refusals.map(({ name, target, reason, tagKey, value }) => {
    const left = staying.filter(({ grants }) => grants.includes(name));
    return makeOutcome(context, role, 'Refused', {
      grant: name,
      tag: { key: tagKey, value },
      ...(target === undefined ? {} : { target }),
      parameters: [],
      ...(left.length === 0 ? {} : { left }),
      reason: `Tag ${tagKey} = "${value}": ${reason}`,
    });
  });

/** The pool belongs to another owner, so none of the role's grants is made, and what an event ended stays. */
export const foreignPoolOutcomes = (
  context: ReportContext,
  { observed: { role, ledger }, desired: { grants }, request: { namedKeys } }: ForeignRun,
  reason: string,
): readonly Outcome[] => {
  const { settings } = context;
  const pool = poolPath(settings);
  const named = grantsNamedBy(namedKeys, settings.tagKey);
  const staying = ledger.entries.flatMap((entry) =>
    poolOfMember(settings, entry.member) !== pool
      ? []
      : entry.grants
          .filter(
            (name) => (named === 'all' || named.includes(name)) && !grants.some((one) => one.name === name),
          )
          .map((grant) => ({ grant, entry })),
  );
  return [
    ...grants.map((grant) =>
      makeOutcome(context, role, 'Failed', { ...grantState(settings, role, grant), reason }),
    ),
    ...staying.map(({ grant, entry: { googleRole, resource, member, since } }) =>
      makeOutcome(context, role, 'Failed', {
        grant,
        target: targetOf({ googleRole, resource }),
        member,
        parameters: [],
        since,
        reason: `Access may still be there. ${reason}`,
      }),
    ),
  ];
};

interface ForeignRun {
  readonly observed: {
    readonly role: RoleState;
    readonly ledger: { readonly entries: readonly LedgerEntry[] };
  };
  readonly desired: Desired;
  readonly request: Pick<RoleRequest, 'namedKeys'>;
}

/** Entries that a person's answer dropped from the ledger. The bindings are not confirmed gone, so they are not `Revoked`. */
export const forgottenOutcomes = (
  context: ReportContext,
  { role, forgotten }: { readonly role: RoleState; readonly forgotten: readonly ForgottenEntry[] },
): readonly Outcome[] =>
  forgotten.flatMap(({ entry, thing, answeredBy }) =>
    (entry.grants.length === 0 ? [undefined] : entry.grants).map((grant) =>
      makeOutcome(
        { ...context, events: [], drift: { ...(context.drift ?? context.cause), answeredBy } },
        role,
        'Forgotten',
        {
          ...(grant === undefined ? {} : { grant }),
          target: targetOf(entry),
          member: entry.member,
          parameters: [],
          since: entry.since,
          reason:
            `${answeredBy} answered that ${thing.kind} ${thing.name} is gone (rolebridge forget), so the ledger no longer lists this binding. ` +
            'No one has confirmed that it is gone: if it comes back, it gives access again, and a sweep that can read its policy removes it.',
        },
      ),
    ),
  );

/** The role, or a part of it, could not be read. */
export const failedOutcome = (
  context: ReportContext,
  role: RoleState,
  error: Failure,
  about: Partial<Pick<State, 'target' | 'parameters'>> = {},
): Outcome => makeOutcome(context, role, 'Failed', { parameters: [], ...about, reason: error.message });

/** Reports the role's access after a redelivery, because a kill may have lost an earlier outcome. */
export const confirmedOutcome = (
  context: ReportContext,
  role: RoleState,
  { grants, left }: CurrentAccess,
): Outcome =>
  makeOutcome(context, role, 'Confirmed', {
    grants,
    ...(left.length === 0 ? {} : { left }),
    parameters: grants.flatMap(({ parameters }) => parameters),
  });

/** Parameters in a role's folder that are neither requested nor ours. We leave them and log them. */
export const foreignParameters = (
  settings: Settings,
  { role, folders }: { readonly role: RoleState; readonly folders: readonly ObservedFolder[] },
  desired: Desired,
): readonly ParameterId[] => {
  const asked = new Set(
    desired.grants.flatMap((grant) => grantParameters(settings, role.ref, grant)).map(({ name }) => name),
  );
  return folders.flatMap((folder) =>
    folder.kind === 'unreadable'
      ? []
      : folder.parameters
          .filter((parameter) => !asked.has(parameter.name) && !looksOurs(settings, parameter))
          .map(({ name }) => ({ region: folder.region, name })),
  );
};
