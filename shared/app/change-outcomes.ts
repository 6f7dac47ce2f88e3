import {
  bindingOf,
  type Change,
  type ChangeResult,
  failureOf,
  type LedgerChange,
  type PolicyChange,
  type Unpublish,
} from '../core/change.ts';
import { type Failure, PermanentError } from '../core/errors.ts';
import type { Desired } from '../core/guardrail.ts';
import { endOf } from '../core/iam-policy.ts';
import { type BindingId, bindingKey } from '../core/ledger.ts';
import { memberOf } from '../core/member.ts';
import type { Grant } from '../core/model.ts';
import { parameterKey } from '../core/observed.ts';
import {
  type CurrentAccess,
  type FailedPart,
  type LeftAccess,
  makeOutcome,
  type Outcome,
  type State,
} from '../core/outcome.ts';
import { queryHint } from '../core/query-hint.ts';
import type { ReportContext } from '../core/requester.ts';
import { isServiceAccountResource } from '../core/service-account.ts';
import { type AccessName, accessOf, accessText, siteOf, siteOfAccess, targetOf } from '../core/target.ts';
import { type AccessAfter, currentGrant, endsOf, grantState, isBound, isThere } from './access-after.ts';
import type { RoleRun } from './role-run.ts';

/** The outcomes of a role's changes: access that ended, and access that was granted. */
export const changeOutcomes = (
  context: ReportContext,
  after: AccessAfter,
  current: CurrentAccess,
): readonly Outcome[] => [
  ...revocations(context, after, current),
  ...mergedGrants(context, after, current),
  ...plantedFailures(context, after),
  ...grantOutcomes(context, after),
];

/** A federated token is checked at each call; one of a service account is good until it expires. */
const revokedReason = (access: AccessName): string =>
  isServiceAccountResource(siteOfAccess(access).resource)
    ? 'No new tokens within minutes; an access token already issued stays valid for up to an hour.'
    : 'The access ends within minutes, also for tokens that were issued already.';

const onlyListed = 'The access is gone, but the ledger still lists it.';

const deferredRemoval = 'Its config is removed within minutes: Parameter Store limits the rate of writes.';

/** A recheck looks only at the role's own folders. */
const sweptRemoval = 'The next sweep removes its config: Parameter Store limits the rate of writes.';

/**
 * `Failed` names the step that failed. Once the bindings are confirmed gone: `Confirmed` if another binding still gives the access,
 * otherwise `Revoked`, even if a config remains.
 */
const revocations = (
  context: ReportContext,
  after: AccessAfter,
  current: CurrentAccess,
): readonly Outcome[] => {
  const stayingAt = Map.groupBy(
    after.left.filter(({ isStaying, givesAccess }) => isStaying && givesAccess),
    ({ access }) => access,
  );
  const notGone = accessNotGone(after);
  return endings(after).flatMap((ending) => {
    const { grant, access } = ending;
    if (ending.failures.length > 0)
      return [
        failedEnd(
          context,
          after,
          ending,
          isOnlyListed(after, ending, notGone) ? onlyListed : 'Access may still be there.',
        ),
      ];
    // Another grant keeps the binding: mergedGrants reports the end of this one.
    if (isOutlived(after, access, grant)) return [];
    const staying = (stayingAt.get(access) ?? []).map(({ left }) => left);
    // While the role may still have the access, it is not revoked. The run that removes the rest reports it.
    if (staying.length === 0 && notGone.has(access)) return [];
    const [ended, unremoved] =
      staying.length === 0
        ? [revoked(context, after, ending), 'The access is gone, but its config could not be removed.']
        : [
            endedBeside(context, after, ending, staying, current),
            'Access may still be there. The config of the grant could not be removed.',
          ];
    return [ended, ...(ending.unremoved.length === 0 ? [] : [failedEnd(context, after, ending, unremoved)])];
  });
};

/** Its bindings were gone before, and only its entry cannot leave the ledger. If that may pass, another function may be binding it again. */
const isOnlyListed = (
  after: AccessAfter,
  { access, changes, failures }: Ending,
  notGone: ReadonlySet<AccessName>,
): boolean =>
  changes.every(({ kind }) => kind === 'unlist') &&
  failures.every((failure) => failure instanceof PermanentError) &&
  !notGone.has(access) &&
  endsOf(after, access)?.length === 0 &&
  // Where people bind as well, only a sweep can attribute some of them.
  after.left.every((one) => one.access !== access);

const revoked = (context: ReportContext, after: AccessAfter, ending: Ending): Outcome =>
  makeOutcome(context, after.run.observed.role, 'Revoked', {
    ...endedState(after, ending),
    reason: [revokedReason(ending.access), ...removalReason(after, ending.configs)].join(' '),
  });

/** The binding of a grant is gone, and another one of the role for the same access stays, which no tag asks for. */
const endedBeside = (
  context: ReportContext,
  after: AccessAfter,
  ending: Ending,
  staying: readonly LeftAccess[],
  current: CurrentAccess,
): Outcome =>
  makeOutcome(context, after.run.observed.role, 'Confirmed', {
    ...endedSubject(ending),
    parameters: [],
    ...current,
    reason: [
      ending.grant === undefined ? 'A binding is gone.' : 'The grant is gone.',
      `Another binding of the role to ${accessText(ending.access)} stays.`,
      ...new Set(staying.map(({ reason }) => reason)),
    ].join(' '),
  });

/** Names every step of the end that failed, after a sentence about the access. */
const failedEnd = (context: ReportContext, after: AccessAfter, ending: Ending, about: string): Outcome => {
  const { failures, unremoved } = ending;
  const reasons = reasonOf([...failures, ...unremoved.map(({ reason }) => ({ message: reason }))]);
  return makeOutcome(context, after.run.observed.role, 'Failed', {
    ...endedState(after, ending),
    ...(unremoved.length === 0 ? {} : { failed: unremoved }),
    reason: `${about} ${reasons}`,
  });
};

const endedState = (after: AccessAfter, ending: Ending): State => {
  const since = ending.changes
    .flatMap((change) => sinceOf(after, change) ?? [])
    .toSorted()
    .at(-1);
  return {
    ...endedSubject(ending),
    parameters: ending.configs.map(({ region, name }) => ({ region, name })),
    ...(since === undefined ? {} : { since }),
  };
};

const endedSubject = ({ grant, access, changes: [first] }: Ending): Omit<State, 'parameters'> => ({
  ...(grant === undefined ? {} : { grant }),
  target: targetOf(siteOfAccess(access)),
  ...(first === undefined ? {} : { member: removedBinding(first).member }),
});

const removalReason = (after: AccessAfter, configs: readonly Unpublish[]): readonly string[] => {
  const deferred = configs.filter(isDeferredIn(after)).map(parameterKey);
  if (deferred.length === 0) return [];
  const strays = new Set(after.run.request.swept.strays.map(parameterKey));
  return [deferred.some((place) => strays.has(place)) ? sweptRemoval : deferredRemoval];
};

/** A grant, or a binding that the ledger does not explain, whose access ends. */
interface Ending {
  readonly grant?: string;
  readonly access: AccessName;
  readonly changes: readonly (PolicyChange | LedgerChange)[];
  /** Why changes were not made. */
  readonly failures: readonly Failure[];
  /** The removals of its configs. */
  readonly configs: readonly Unpublish[];
  /** Configs that could not be removed. */
  readonly unremoved: readonly FailedPart[];
}

/** The access that ends: by each grant that the ledger names, or else by itself. */
const endings = (after: AccessAfter): readonly Ending[] => {
  const { plan, desired } = after.run;
  const removals = plan.proposed.filter(
    (change): change is PolicyChange | LedgerChange => change.kind === 'unbind' || change.kind === 'unlist',
  );
  const named = removals.flatMap((change) => {
    const grants = change.grants.length === 0 ? [undefined] : change.grants;
    return grants.map((grant) => ({ change, grant, access: change.access }));
  });
  // Access continues if its binding only gets another condition or another spelling of the role.
  const ending = named.filter(({ grant, access }) => !isDesired(desired, access, grant));
  return [...Map.groupBy(ending, ({ grant, access }) => `${grant ?? ''} ${access}`).values()].flatMap(
    (group) =>
      group.slice(0, 1).map(({ grant, access }) => {
        const changes = group.map(({ change }) => change);
        const configs = configsOf(after, grant, changes);
        return {
          ...(grant === undefined ? {} : { grant }),
          access,
          changes,
          failures: failuresOf(after, changes),
          configs,
          unremoved: configs.flatMap((change) => unremovedConfig(after, change) ?? []),
        };
      }),
  );
};

const isDesired = (desired: Desired, access: AccessName, grant: string | undefined): boolean =>
  desired.grants.some(
    ({ name, target }) => accessOf(siteOf(target)) === access && (grant === undefined || grant === name),
  );

const failuresOf = (after: AccessAfter, changes: readonly Change[]): readonly Failure[] =>
  changes.flatMap((change) => failureOf(resultOf(after, change)) ?? []);

const resultOf = ({ results }: AccessAfter, { id }: Change): ChangeResult | undefined => results.get(id);

const configsOf = (
  { run }: AccessAfter,
  grant: string | undefined,
  changes: Ending['changes'],
): readonly Unpublish[] =>
  run.plan.proposed.filter(
    (change): change is Unpublish =>
      change.kind === 'unpublish' &&
      changes.some(({ access }) => change.behind.includes(access)) &&
      (grant === undefined || change.grants.includes(grant)),
  );

const unremovedConfig = (after: AccessAfter, change: Unpublish): FailedPart | undefined => {
  const failure = failureOf(resultOf(after, change));
  const { region, name } = change;
  return failure === undefined ? undefined : { part: 'config', region, name, reason: failure.message };
};

const sinceOf = ({ listed }: AccessAfter, change: PolicyChange | LedgerChange): string | undefined =>
  listed.get(bindingKey(removedBinding(change)))?.since;

const removedBinding = (change: PolicyChange | LedgerChange): BindingId =>
  'edit' in change ? bindingOf(change) : change.binding;

const reasonOf = (failures: readonly Pick<Failure, 'message'>[]): string =>
  [...new Set(failures.map(({ message }) => message))].join(' ');

/** Access of which an unwanted binding may still be there: it is undecided or could not be read, or its removal was not made. */
const accessNotGone = (after: AccessAfter): ReadonlySet<AccessName> => {
  const { bindings, undecided } = after.run.plan;
  const open = new Set(undecided.map(bindingKey));
  const mayBeThere = (binding: BindingId): boolean =>
    isThere(after, binding) || open.has(bindingKey(binding)) || after.policyErrors.has(binding.resource);
  return new Set(bindings.unwanted.filter(mayBeThere).map(accessOf));
};

/** Whether another grant keeps the binding of this grant: mergedGrants then reports its end. */
const isOutlived = (
  { run: { observed, plan } }: AccessAfter,
  access: AccessName,
  grant: string | undefined,
): boolean =>
  grant !== undefined &&
  observed.ledger.entries.some(
    (entry) =>
      accessOf(entry) === access &&
      entry.grants.includes(grant) &&
      plan.bindings.wanted.has(bindingKey(entry)),
  );

const isDeferredIn =
  (after: AccessAfter) =>
  (change: Change): boolean =>
    resultOf(after, change)?.kind === 'deferred';

/** Grants that ended while another grant of the role keeps the same binding: worth reporting, but not a revocation. */
const mergedGrants = (
  context: ReportContext,
  after: AccessAfter,
  { grants, left }: CurrentAccess,
): readonly Outcome[] =>
  after.run.plan.proposed.flatMap((change) => {
    const { observed, desired } = after.run;
    const { role, ledger } = observed;
    if (change.kind !== 'list' || failureOf(resultOf(after, change)) !== undefined) return [];
    const entry = ledger.entries.find((one) => bindingKey(one) === bindingKey(change.binding));
    const ended = (entry?.grants ?? []).filter(
      (name) => !change.grants.includes(name) && !desired.grants.some((grant) => grant.name === name),
    );
    const keeping = change.grants.join(', ');
    return ended.map((grant) =>
      makeOutcome(context, role, 'Confirmed', {
        grant,
        target: targetOf(change.binding),
        member: change.binding.member,
        parameters: [],
        grants,
        ...(left.length === 0 ? {} : { left }),
        reason: isThere(after, change.binding)
          ? `The grant is gone. Access to ${accessText(change.access)} stays through ${keeping}.`
          : `The grant is gone. ${keeping} asks for the same access to ${accessText(change.access)}, but the binding is missing, or its policy could not be read.`,
      }),
    );
  });

/** Configs that belong to no access, and that could not be removed. */
const plantedFailures = (context: ReportContext, after: AccessAfter): readonly Outcome[] => {
  const stuck = after.run.plan.proposed.flatMap((change) =>
    change.kind === 'unpublish' && change.behind.length === 0 ? (unremovedConfig(after, change) ?? []) : [],
  );
  if (stuck.length === 0) return [];
  return [
    makeOutcome(context, after.run.observed.role, 'Failed', {
      member: memberOf(context.settings, after.run.observed.role.ref),
      parameters: stuck.filter(isConfig).map(({ region, name }) => ({ region, name })),
      failed: stuck,
      reason: `A config that no tag requests could not be removed. ${reasonOf(stuck.map(({ reason }) => ({ message: reason })))}`,
    }),
  ];
};

const isConfig = (one: FailedPart): one is FailedPart & { readonly part: 'config' } => one.part === 'config';

const deferredReason = 'Its config follows within minutes: Parameter Store limits the rate of writes.';

const pendingReason = 'Its config is not in all places yet.';

/** `effective within minutes`, never "ready": a binding takes 2 to 7 minutes to work everywhere at Google. */
const grantedReason = 'Granted; effective within minutes.';

/** The role had the access already, and had it twice. */
const correctedReason =
  'The access stays. Another binding of the role for the same access was removed, which no tag asks for.';

/** `Granted` if the binding exists and something was done. Anything that failed is listed in `failed`. */
const grantOutcomes = (context: ReportContext, after: AccessAfter): readonly Outcome[] =>
  after.run.desired.grants.flatMap((grant) => {
    const { role } = after.run.observed;
    const changes = changesOf(after, grant);
    if (changes.length === 0) return [];
    const failures = failuresOf(after, changes);
    if (!isBound(after, grant))
      return failures.length === 0
        ? []
        : [
            makeOutcome(context, role, 'Failed', {
              ...grantState(context.settings, role, grant),
              reason: reasonOf(failures),
            }),
          ];
    const { state, failed: configs } = currentGrant(after, grant);
    const failed = [...configs, ...(after.isTriedAgain ? [] : unremovedBindings(after, changes))];
    const isDeferred = isDeferredIn(after);
    const failing = failed.length === 0 ? {} : { failed };
    const shortfall = shortfallOf(failed);
    if (changes.every((change) => isDeferred(change) || failureOf(resultOf(after, change)) !== undefined))
      // Nothing was done. A deferred config is reported when it is published.
      return failures.length === 0
        ? []
        : [
            makeOutcome(context, role, 'Failed', {
              ...state,
              ...failing,
              reason: ['The access is there.', ...shortfall, ...notListed(after, changes)].join(' '),
            }),
          ];
    const left = leftOn(after, grant, changes);
    const pending = changes.some(isDeferred) ? deferredReason : pendingReason;
    const isCorrected = changes.every(({ kind }) => kind === 'unbind');
    const reasons = [
      isCorrected ? correctedReason : grantedReason,
      ...hintOf(after, grant),
      ...shortfall,
      ...(state.pending === undefined ? [] : [pending]),
    ];
    return [
      makeOutcome(
        context,
        role,
        'Granted',
        {
          ...state,
          ...failing,
          ...(left.length === 0 ? {} : { left }),
          reason: [...new Set(reasons)].join(' '),
        },
        changes.some((change) => change.kind === 'bind'),
      ),
    ];
  });

const hintOf = ({ run }: AccessAfter, grant: Grant): readonly string[] => {
  const hint = grant.target.kind === 'direct' ? queryHint(grant, run.desired.grants) : undefined;
  return hint === undefined ? [] : [hint];
};

/** Access on a grant's resource that no tag requests, without what its `failed` names already. */
const leftOn = (after: AccessAfter, { target }: Grant, changes: readonly Change[]): readonly LeftAccess[] => {
  const failed = new Set(
    after.isTriedAgain
      ? []
      : changes.flatMap((change) => (change.kind === 'unbind' ? [bindingOf(change)] : [])).map(bindingKey),
  );
  return after.left.flatMap(({ key, access, left }) =>
    access === accessOf(siteOf(target)) && !failed.has(key) ? [left] : [],
  );
};

/**
 * The changes that give a grant: its binding, what that replaces for the same access, its config, and its name on a
 * binding that the ledger lists under other grants.
 */
const changesOf = ({ run }: AccessAfter, { name, target }: Grant): readonly Change[] => {
  const access = accessOf(siteOf(target));
  return run.plan.proposed.filter((change) => {
    switch (change.kind) {
      case 'bind':
      case 'publish':
        return change.access === access && change.grants.includes(name);
      case 'unbind':
        return change.access === access && (change.grants.length === 0 || change.grants.includes(name));
      case 'list':
        return change.access === access && isJoining(run, change, name);
      case 'unpublish':
      case 'unlist':
      case 'writeStatus':
      case 'removeStatus':
        return false;
    }
  });
};

/** An existing binding that the ledger does not list at all is only entered again. */
const isJoining = ({ observed }: RoleRun, { binding, grants }: LedgerChange, name: string): boolean => {
  const entry = observed.ledger.entries.find((one) => bindingKey(one) === bindingKey(binding));
  return grants.includes(name) && entry?.grants.includes(name) === false;
};

const unremovedBindings = (after: AccessAfter, changes: readonly Change[]): readonly FailedPart[] =>
  changes.flatMap((change) => {
    const failure = failureOf(resultOf(after, change));
    if (change.kind !== 'unbind' || failure === undefined) return [];
    const expiresAt = endOf(change.edit.condition);
    return [{ part: 'binding', ...(expiresAt === undefined ? {} : { expiresAt }), reason: failure.message }];
  });

const notListed = (after: AccessAfter, changes: readonly Change[]): readonly string[] =>
  changes.flatMap((change) => {
    const failure = failureOf(resultOf(after, change));
    return change.kind !== 'list' || failure === undefined
      ? []
      : [`The ledger could not list it under this grant: ${failure.message}`];
  });

/** A sentence for each reason of those configs, and for each binding. */
const shortfallOf = (failed: readonly FailedPart[]): readonly string[] => [
  ...[...Map.groupBy(failed.filter(isConfig), ({ reason }) => reason)].map(
    ([reason, parts]) =>
      `Its config could not be published in ${parts.map(({ region }) => region).join(', ')}: ${reason}`,
  ),
  ...failed.flatMap((one) => {
    if (one.part !== 'binding') return [];
    const end = one.expiresAt === undefined ? 'without an end' : `until ${one.expiresAt}`;
    return [`An earlier binding could not be removed, and gives the access ${end}: ${one.reason}`];
  }),
];
