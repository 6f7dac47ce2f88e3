import {
  bindingOf,
  type Change,
  type ChangeResult,
  failureOf,
  isStatusChange,
  type LedgerChange,
  type PolicyChange,
  type ResultsById,
  resultsById,
} from '../core/change.ts';
import { type Failure, PermanentError, RetryableError } from '../core/errors.ts';
import type { ForgottenEntry } from '../core/forget.ts';
import { resourceKindOf } from '../core/google-resource.ts';
import { folderOf, grantParameters } from '../core/grant-parameters.ts';
import type { Desired } from '../core/guardrail.ts';
import { endOf } from '../core/iam-policy.ts';
import { bindingKey, type LedgerEntry } from '../core/ledger.ts';
import { poolOfMember } from '../core/member.ts';
import { isDryRun } from '../core/mode.ts';
import { type Refusal, type RoleState, roleText, type Target, targetText } from '../core/model.ts';
import { looksOurs, type ObservedFolder, type ParameterId } from '../core/observed.ts';
import {
  type CurrentAccess,
  failedOutcome,
  isFailureOf,
  makeOutcome,
  type Outcome,
} from '../core/outcome.ts';
import { currentOwnership } from '../core/ownership.ts';
import type { ReportContext } from '../core/requester.ts';
import { namesAny } from '../core/role-event.ts';
import { roleKey } from '../core/role-key.ts';
import type { ResourceName } from '../core/service-account.ts';
import { poolPath, type Settings } from '../core/settings.ts';
import { grantsNamedBy, includesGrant } from '../core/suppress.ts';
import { type AccessName, accessOf, siteOf, targetOf, workloadIdentityUser } from '../core/target.ts';
import { type AccessAfter, accessAfter, currentAccess, endsOf, grantState, isBound } from './access-after.ts';
import { type Applied, blockedFailure } from './apply.ts';
import { changeOutcomes } from './change-outcomes.ts';
import type { ObservedPolicies } from './observe.ts';
import { type Batch, type RoleRun, reportContext } from './role-run.ts';

/** Whether the role changed while we wrote, and whether another round may follow. */
interface Reread {
  readonly hasChanged: boolean;
  /** Why that is not known. */
  readonly failure?: Failure;
  readonly isLast: boolean;
}

/** Adds what one round did for the role, and what failed. */
export const summarize = (
  { settings, ports, ownerships }: Batch,
  run: RoleRun,
  applied: Applied,
  policies: ObservedPolicies,
  reread: Reread,
): RoleRun => {
  const { request, observed, desired, plan } = run;
  const { role, ledger } = observed;
  const key = roleKey(request.ref);
  const isOpen = reread.hasChanged && !reread.isLast;
  const ownership = currentOwnership(settings, ownerships);
  const results = isDryRun(settings.mode)
    ? foreseenResults(plan.proposed, policies)
    : resultsById(plan.permitted, applied.results);
  const context = reportContext(settings, ports, request, ledger.entries);
  const notClosed = applied.unclosed.get(key);
  const unread = unreadResources(run, policies.errors);
  const ofRole = [
    ...unread.map(({ error }) => error),
    ...[...observed.folderErrors.values()].map(({ error }) => error),
    ...(notClosed === undefined ? [] : [notClosed]),
    ...unsettled(run, reread),
  ];
  const ownFailures = [...changeFailures(run, results), ...ofRole.map((error) => ({ error, grants: [] }))];
  // A foreign pool is reported for each grant; a role without grants does not need it.
  const failures = [
    ...ownFailures.map(({ error }) => error),
    ...(ownership.kind === 'another' ? [new PermanentError(ownership.reason)] : []),
  ];
  const isRetried =
    request.delivery !== 'last' && failures.some((failure) => failure instanceof RetryableError);
  const after = accessAfter({
    settings,
    run,
    results,
    listed: applied.listed.get(key) ?? new Map(),
    policyErrors: policies.errors,
    ownerships,
    now: context.now,
    isTriedAgain: isOpen || isRetried,
  });
  const access = currentAccess(after);
  const outcomes = changeOutcomes(context, after, access);
  const changed =
    notClosed === undefined ? outcomes : withoutUnclosed(outcomes, plan.permitted, ledger.entries);
  const foreign = ownership.kind === 'another' ? foreignPoolOutcomes(context, run, ownership.reason) : [];
  const problems = [
    ...refusalOutcomes(
      context,
      role,
      isStatusRepair(run) ? [] : desired.refusals,
      after.left.flatMap(({ left, isStaying }) => (isStaying ? [left] : [])),
    ),
    ...foreign,
    ...unread.map(({ resource, error }) => failedOutcome(context, role, error, aboutResource(resource))),
    ...folderOutcomes(context, run),
    ...changed.filter(({ type }) => type === 'Failed'),
  ];
  for (const { region, name } of foreignParameters(settings, observed, desired))
    ports.logger.warn('A parameter under our prefix is not ours; it is left alone.', { region, name });
  return {
    ...run,
    outcomes: [
      ...stillTrue(after, run.outcomes, changed),
      ...changed.filter(({ type }) => type !== 'Failed'),
      // An entry that the ledger still lists is not forgotten yet.
      ...(applied.raced.has(key) || notClosed !== undefined
        ? []
        : forgottenOutcomes(context, { role, forgotten: plan.forgotten })),
    ],
    end: {
      isOpen,
      // After `maxDeferrals` passes no recheck is scheduled: planted configs are left to the sweep.
      isDeferred: plan.mayDefer && plan.permitted.some(({ id }) => results.get(id)?.kind === 'deferred'),
      failures,
      problems: [...problems, ...otherFailures(context, role, ownFailures, [...problems, ...changed])],
      access,
    },
  };
};

/** A failure, and the grants whose outcomes may name it; any outcome may name the failure of no grant. */
interface OwnFailure {
  readonly error: Failure;
  readonly grants: readonly string[];
}

const changeFailures = ({ plan }: RoleRun, results: ResultsById): readonly OwnFailure[] =>
  plan.permitted.flatMap((change) => {
    const error = isStatusChange(change) ? undefined : failureOf(results.get(change.id));
    return error === undefined ? [] : [{ error, grants: change.grants }];
  });

/** Why the role needs another look: others may be working on it. */
const unsettled = (
  { observed, plan }: RoleRun,
  { hasChanged, failure, isLast }: Reread,
): readonly Failure[] => [
  ...(plan.undecided.length === 0
    ? []
    : [new RetryableError(`Another function may be about to bind ${roleText(observed.role.ref)}.`)]),
  ...(hasChanged && isLast
    ? [new RetryableError('The role keeps changing while it is being reconciled.')]
    : []),
  ...(failure === undefined ? [] : [failure]),
];

/** Folders that could not be read. If a config was to be published in one, the outcome of its grant reports that. */
const folderOutcomes = (
  context: ReportContext,
  { observed: { role, folderErrors }, plan }: RoleRun,
): readonly Outcome[] =>
  [...folderErrors.values()]
    .filter(
      ({ region, path }) =>
        !plan.permitted.some(
          (change) => change.kind === 'publish' && change.region === region && folderOf(change.name) === path,
        ),
    )
    .map(({ region, path, error }) =>
      failedOutcome(context, role, error, { parameters: [{ region, name: path }] }),
    );

/** A drift of statuses alone is not a new request: a sweep may find it again and again, if someone denies or edits them. */
const isStatusRepair = ({ request, plan }: RoleRun): boolean =>
  !namesAny(request.namedKeys) && plan.proposed.length > 0 && plan.proposed.every(isStatusChange);

/** In mode dry-run nothing is tried, but what could not be read could not be changed either, and what is blocked would fail. */
const foreseenResults = (proposed: readonly Change[], { reads, errors }: ObservedPolicies): ResultsById =>
  new Map(
    proposed.flatMap((change): readonly (readonly [string, ChangeResult])[] => {
      if (change.kind !== 'bind' && change.kind !== 'unbind') return [];
      const blocked = change.kind === 'bind' ? blockedFailure(change, reads) : undefined;
      const error = errors.get(change.resource) ?? blocked;
      return error === undefined ? [] : [[change.id, { kind: 'failed', error, isNotMade: false }]];
    }),
  );

/** The sweep saw a binding there. If we cannot read the policy now, the drift must not count as repaired. */
const unreadResources = (
  { request, plan }: RoleRun,
  policyErrors: ObservedPolicies['errors'],
): readonly { readonly resource: ResourceName; readonly error: Failure }[] =>
  request.swept.resources.flatMap((resource) => {
    const isPlanned = plan.proposed.some((change) => 'resource' in change && change.resource === resource);
    const error = policyErrors.get(resource);
    return isPlanned || error === undefined ? [] : [{ resource, error }];
  });

/** Several Google roles may be granted on a resource of another kind. */
const aboutResource = (resource: ResourceName): { readonly target: Target } | { readonly step: string } =>
  resourceKindOf(resource) === undefined
    ? { target: targetOf({ googleRole: workloadIdentityUser, resource }) }
    : { step: `reading the allow policy of ${resource}` };

/** Failures that no other outcome of the role names. */
const otherFailures = (
  context: ReportContext,
  role: RoleState,
  failures: readonly OwnFailure[],
  outcomes: readonly Outcome[],
): readonly Outcome[] => {
  const isNamed = ({ error, grants }: OwnFailure): boolean =>
    outcomes.some(
      (one) =>
        isFailureOf(error)(one) &&
        (grants.length === 0 || one.detail.grant === undefined || grants.includes(one.detail.grant)),
    );
  const unnamed = failures.filter((failure) => !isNamed(failure));
  const distinct = new Map(unnamed.map(({ error }) => [error.message, error]));
  return [...distinct.values()].map((failure) => failedOutcome(context, role, failure));
};

/** While the ledger still lists a binding, its access has not ended. The step that removes the entry, now or after a retry, reports the end. */
const withoutUnclosed = (
  outcomes: readonly Outcome[],
  changes: readonly Change[],
  entries: readonly LedgerEntry[],
): readonly Outcome[] => {
  const listed = new Set(entries.map(bindingKey));
  // No later step knows of a binding that the ledger never listed.
  const leaving = changes.filter(
    (change): change is PolicyChange | LedgerChange =>
      change.kind === 'unlist' || (change.kind === 'unbind' && listed.has(bindingKey(bindingOf(change)))),
  );
  return outcomes.filter(({ type, detail: { grant, target } }) => {
    if (target === undefined) return true;
    const ofAccess = leaving.filter(({ access }) => access === accessOf(siteOf(target)));
    if (type === 'Revoked') return ofAccess.length === 0;
    // The end of a grant whose binding another grant keeps was written into the ledger before.
    return type !== 'Confirmed' || !ofAccess.some(({ grants }) => grants.some((name) => name === grant));
  });
};

/**
 * The outcomes of earlier rounds, without those that this round contradicts (someone else works on the role as well), unless
 * an outcome follows that reports the contradiction. A binding that this round tried to remove does not count as granted: a write whose answer
 * was lost may have been made.
 */
const stillTrue = (
  after: AccessAfter,
  earlier: readonly Outcome[],
  changed: readonly Outcome[],
): readonly Outcome[] => {
  const { run, results } = after;
  const tried = new Set(
    run.plan.permitted.flatMap((change) => {
      if (change.kind !== 'unbind') return [];
      const result = results.get(change.id);
      const isRefused = result?.kind === 'failed' && result.isNotMade;
      return isRefused || result?.kind === 'heldBack'
        ? []
        : [`${change.access} ${endOf(change.edit.condition) ?? ''}`];
    }),
  );
  const isReported = (outcome: Outcome, type: Outcome['type']): boolean =>
    changed.some((other) => other.type === type && accessIn(other) === accessIn(outcome));
  return earlier.filter((outcome) => {
    const access = accessIn(outcome);
    // Undefined if the policy cannot be read now: the outcome was true then.
    const ends = access === undefined ? [] : endsOf(after, access);
    switch (outcome.type) {
      case 'Granted': {
        const isTried = tried.has(`${access} ${outcome.detail.expiresAt ?? ''}`);
        const isThere = ends === undefined || ends.includes(outcome.detail.expiresAt);
        return (isThere && !isTried) || isReported(outcome, 'Revoked');
      }
      case 'Revoked':
        return ends === undefined || ends.length === 0 || isReported(outcome, 'Granted');
      // The grant is gone, while another grant or another binding keeps the access.
      case 'Confirmed':
        return (
          isKept(after, outcome, access) &&
          (!isBoundAgain(after, outcome) ||
            changed.some(({ type, detail }) => type === 'Granted' && detail.grant === outcome.detail.grant))
        );
      case 'Refused':
      case 'Failed':
      case 'Forgotten':
        return true;
    }
  });
};

/** Whether a binding that was left for the same access, if any, is still there, as far as the policy can be read. */
const isKept = (
  after: AccessAfter,
  { detail: { left = [] } }: Outcome,
  access: AccessName | undefined,
): boolean =>
  access === undefined ||
  !left.some(({ target }) => accessOf(siteOf(target)) === access) ||
  endsOf(after, access) === undefined ||
  after.left.some((one) => one.access === access && one.givesAccess);

const isBoundAgain = (after: AccessAfter, { detail: { grant, target } }: Outcome): boolean =>
  after.run.desired.grants.some(
    (one) =>
      one.name === grant &&
      target !== undefined &&
      targetText(one.target) === targetText(target) &&
      isBound(after, one),
  );

const accessIn = ({ detail: { target } }: Outcome): AccessName | undefined =>
  target === undefined ? undefined : accessOf(siteOf(target));

const refusalOutcomes = (
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
const foreignPoolOutcomes = (
  context: ReportContext,
  { observed: { role, ledger }, desired: { grants }, request: { namedKeys } }: RoleRun,
  reason: string,
): readonly Outcome[] => {
  const { settings } = context;
  const pool = poolPath(settings);
  const named = grantsNamedBy(namedKeys, settings.tagKey);
  const staying = ledger.entries.flatMap((entry) =>
    poolOfMember(settings, entry.member) !== pool
      ? []
      : entry.grants
          .filter((name) => includesGrant(named, name) && !grants.some((one) => one.name === name))
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

/** Parameters in a role's folder that are neither requested nor ours. We leave them and log them. */
const foreignParameters = (
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
