import type { Change, LedgerChange, PolicyChange, Unpublish } from '../core/change.ts';
import type { Desired } from '../core/desired.ts';
import type { Failure } from '../core/errors.ts';
import { endOf } from '../core/iam-policy.ts';
import { type BindingId, bindingKey } from '../core/ledger.ts';
import { memberOf } from '../core/member.ts';
import { writesNothing } from '../core/mode.ts';
import { type Grant, targetText } from '../core/model.ts';
import type { FailedPart, LeftAccess, Outcome } from '../core/outcome.ts';
import { emailOfResource } from '../core/service-account.ts';
import { isBound, isThere, leftAccess, type Seen, seenAccess, seenGrant } from './access-after.ts';
import { type ChangeResult, failureOf } from './change-result.ts';
import { bindingOf } from './ledger.ts';
import { grantState, type State, type Telling, tell } from './outcomes.ts';

/** What came of a role's changes: what ended, and what was given. */
export const changeOutcomes = (telling: Telling, seen: Seen): readonly Outcome[] => [
  ...revocations(telling, seen),
  ...mergedGrants(telling, seen),
  ...strayFailures(telling, seen),
  ...grantOutcomes(telling, seen),
];

const resultOf = ({ results }: Seen, { id }: Change): ChangeResult | undefined => results.get(id);

const failuresOf = (seen: Seen, changes: readonly Change[]): readonly Failure[] =>
  changes.flatMap((change) => failureOf(resultOf(seen, change)) ?? []);

const reasonOf = (failures: readonly Pick<Failure, 'message'>[]): string =>
  [...new Set(failures.map(({ message }) => message))].join(' ');

/** `effective within minutes`, never "ready": Google takes 2 to 7 minutes until a binding works everywhere. */
const grantedReason = 'Granted; effective within minutes.';
const deferredReason = 'Its config follows within minutes: Parameter Store limits the rate of writes.';
const pendingReason = 'Its config is not in all places yet.';
const revokedReason =
  'No new tokens within minutes; an access token already issued lives on for up to an hour.';

const deferredRemoval = 'Its config is removed within minutes: Parameter Store limits the rate of writes.';

const isDeferredIn =
  (seen: Seen) =>
  (change: Change): boolean =>
    resultOf(seen, change)?.kind === 'deferred';

/** `Granted` where the binding is there and something was done, whatever else failed; that is its failed part. */
const grantOutcomes = (telling: Telling, seen: Seen): readonly Outcome[] =>
  seen.planned.desired.grants.flatMap((grant) => {
    const { role } = seen.planned;
    const changes = changesOf(seen, grant);
    if (changes.length === 0) return [];
    const failures = failuresOf(seen, changes);
    if (failures.length > 0 && !isBound(seen, grant))
      return [
        tell(telling, role, 'Failed', {
          ...grantState(telling.settings, role, grant),
          reason: reasonOf(failures),
        }),
      ];
    const { state, failed: configs } = seenGrant(seen, grant);
    const failed = [...configs, ...(seen.isTriedAgain ? [] : unremovedBindings(seen, changes))];
    const isDeferred = isDeferredIn(seen);
    const failing = failed.length === 0 ? {} : { failed };
    const shortfall = shortfallOf(failed);
    if (changes.every((change) => isDeferred(change) || failureOf(resultOf(seen, change)) !== undefined))
      // Nothing was done. What is left for later is told when it is done.
      return failures.length === 0
        ? []
        : [
            tell(telling, role, 'Failed', {
              ...state,
              ...failing,
              reason: ['The access is there.', ...shortfall].join(' '),
            }),
          ];
    const left = leftOn(seen, grant, changes);
    const pending = changes.some(isDeferred) ? deferredReason : pendingReason;
    const reasons = [grantedReason, ...shortfall, ...(state.pending === undefined ? [] : [pending])];
    return [
      tell(
        telling,
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

/** Access on a grant's account that no tag requests, without what its `failed` names already. */
const leftOn = (seen: Seen, { target }: Grant, changes: readonly Change[]): readonly LeftAccess[] => {
  const failed = new Set(
    seen.isTriedAgain
      ? []
      : changes.flatMap((change) => (change.kind === 'unbind' ? [bindingOf(change)] : [])).map(bindingKey),
  );
  return leftAccess(seen, failed).filter((one) => targetText(one.target) === target.email);
};

/**
 * The changes that give a grant: its binding, what that replaces on the same account, its config, and its name on a
 * binding that the ledger lists under other grants.
 */
const changesOf = ({ planned }: Seen, { name, target }: Grant): readonly Change[] =>
  planned.told.filter((change) => {
    switch (change.kind) {
      case 'bind':
      case 'publish':
        return change.email === target.email && change.grants.includes(name);
      case 'unbind':
        return change.email === target.email && (change.grants.length === 0 || change.grants.includes(name));
      case 'list':
        return change.email === target.email && isJoining(planned, change, name);
      case 'unpublish':
      case 'unlist':
        return false;
    }
  });

/** A binding that is there and that the ledger does not list at all is only entered again. */
const isJoining = ({ ledger }: Seen['planned'], { binding, grants }: LedgerChange, name: string): boolean => {
  const entry = ledger.entries.find((one) => bindingKey(one) === bindingKey(binding));
  return grants.includes(name) && entry?.grants.includes(name) === false;
};

const unremovedBindings = (seen: Seen, changes: readonly Change[]): readonly FailedPart[] =>
  changes.flatMap((change) => {
    const failure = failureOf(resultOf(seen, change));
    if (change.kind !== 'unbind' || failure === undefined) return [];
    const expiresAt = endOf(change.edit.condition);
    return [{ part: 'binding', ...(expiresAt === undefined ? {} : { expiresAt }), reason: failure.message }];
  });

/** A sentence for each reason of those configs, and for each binding. */
const shortfallOf = (failed: readonly FailedPart[]): readonly string[] => [
  ...[...Map.groupBy(failed.filter(isConfig), ({ reason }) => reason)].map(
    ([reason, parts]) =>
      `Its config could not be published in ${parts.map(({ region }) => region).join(', ')}: ${reason}`,
  ),
  ...failed.flatMap((one) => {
    if (one.part === 'config') return [];
    const end = one.expiresAt === undefined ? 'without an end' : `until ${one.expiresAt}`;
    return [`An earlier binding could not be removed, and gives the access ${end}: ${one.reason}`];
  }),
];

const isConfig = (one: FailedPart): one is FailedPart & { readonly part: 'config' } => one.part === 'config';

/** A grant, or a binding that the ledger does not explain, whose access ends. */
interface Ending {
  readonly grant?: string;
  readonly email: string;
  readonly changes: readonly (PolicyChange | LedgerChange)[];
}

/** What ends: by each grant that the ledger names, or else by the account alone. */
const endings = ({ planned: { told, desired } }: Seen): readonly Ending[] => {
  const removals = told.filter(
    (change): change is PolicyChange | LedgerChange => change.kind === 'unbind' || change.kind === 'unlist',
  );
  const named = removals.flatMap((change) => {
    const grants = change.grants.length === 0 ? [undefined] : change.grants;
    return grants.map((grant) => ({ change, grant, email: change.email }));
  });
  // A binding that only gets another condition or another spelling of the role goes on.
  const ending = named.filter(({ grant, email }) => !isDesired(desired, email, grant));
  return [...Map.groupBy(ending, ({ grant, email }) => `${grant ?? ''} ${email}`).values()].flatMap((group) =>
    group.slice(0, 1).map(({ grant, email }) => ({
      email,
      changes: group.map(({ change }) => change),
      ...(grant === undefined ? {} : { grant }),
    })),
  );
};

const isDesired = (desired: Desired, email: string, grant: string | undefined): boolean =>
  desired.grants.some(
    ({ name, target }) => target.email === email && (grant === undefined || grant === name),
  );

/** `Revoked` once the bindings are confirmed gone, whatever became of the config; `Failed` names what did not happen. */
const revocations = (telling: Telling, seen: Seen): readonly Outcome[] =>
  endings(seen).flatMap((ending) => {
    const { grant, email, changes } = ending;
    const { role } = seen.planned;
    const failures = failuresOf(seen, changes);
    const configs = configsOf(seen, ending);
    const unremoved = configs.flatMap((change) => unremovedConfig(seen, change) ?? []);
    const [first] = changes;
    const since = changes
      .flatMap((change) => sinceOf(seen, change) ?? [])
      .toSorted()
      .at(-1);
    const state: State = {
      ...(grant === undefined ? {} : { grant }),
      target: { kind: 'serviceAccount', email },
      ...(first === undefined ? {} : { member: removedBinding(first).member }),
      parameters: configs.map(({ region, name }) => ({ region, name })),
      ...(since === undefined ? {} : { since }),
    };
    const failed = unremoved.length === 0 ? {} : { failed: unremoved };
    const reasons = reasonOf([...failures, ...unremoved.map(({ reason }) => ({ message: reason }))]);
    if (failures.length > 0)
      return [
        tell(telling, role, 'Failed', {
          ...state,
          ...failed,
          reason: `Access may still be there. ${reasons}`,
        }),
      ];
    // While the role may still have access to the account, it is not revoked. What removes the rest reports it.
    if (isAccessLeft(seen, email) || isOutlived(seen, email, grant)) return [];
    return [
      tell(telling, role, 'Revoked', {
        ...state,
        reason: configs.some(isDeferredIn(seen)) ? `${revokedReason} ${deferredRemoval}` : revokedReason,
      }),
      ...(unremoved.length === 0
        ? []
        : [
            tell(telling, role, 'Failed', {
              ...state,
              ...failed,
              reason: `The access is gone, but its config could not be removed. ${reasons}`,
            }),
          ]),
    ];
  });

const configsOf = ({ planned }: Seen, { grant, changes }: Ending): readonly Unpublish[] =>
  planned.told.filter(
    (change): change is Unpublish =>
      change.kind === 'unpublish' &&
      changes.some(({ resource }) => change.resources.includes(resource)) &&
      (grant === undefined || change.grants.includes(grant)),
  );

const unremovedConfig = (seen: Seen, change: Unpublish): FailedPart | undefined => {
  const failure = failureOf(resultOf(seen, change));
  const { region, name } = change;
  return failure === undefined ? undefined : { part: 'config', region, name, reason: failure.message };
};

const removedBinding = (change: PolicyChange | LedgerChange): BindingId =>
  'edit' in change ? bindingOf(change) : change.binding;

const sinceOf = ({ listed }: Seen, change: PolicyChange | LedgerChange): string | undefined =>
  listed.get(bindingKey(removedBinding(change)))?.since;

/** Whether an unwanted binding on the account stays: undecided, held, or left by the mode. */
const isAccessLeft = (seen: Seen, email: string): boolean => {
  const { told, seen: bindings } = seen.planned;
  const gone = new Set(
    told.flatMap((change) => {
      const isDone = writesNothing(seen.settings.mode) || resultOf(seen, change)?.kind === 'done';
      const isRemoval = change.kind === 'unbind' || change.kind === 'unlist';
      return isRemoval && isDone ? [bindingKey(removedBinding(change))] : [];
    }),
  );
  return bindings.unwanted.some(
    (binding) => emailOfResource(binding.resource) === email && !gone.has(bindingKey(binding)),
  );
};

/** Whether another grant keeps a binding that the grant has, too: then it ends as mergedGrants reports it. */
const isOutlived = ({ planned: { ledger, seen } }: Seen, email: string, grant: string | undefined): boolean =>
  grant !== undefined &&
  ledger.entries.some(
    (entry) =>
      emailOfResource(entry.resource) === email &&
      entry.grants.includes(grant) &&
      seen.wanted.has(bindingKey(entry)),
  );

/** Grants that ended while another grant of the role keeps the same binding: a fact, but no revocation. */
const mergedGrants = (telling: Telling, seen: Seen): readonly Outcome[] =>
  seen.planned.told.flatMap((change) => {
    const { role, ledger, desired } = seen.planned;
    if (change.kind !== 'list' || failureOf(resultOf(seen, change)) !== undefined) return [];
    const entry = ledger.entries.find((one) => bindingKey(one) === bindingKey(change.binding));
    const ended = (entry?.grants ?? []).filter(
      (name) => !change.grants.includes(name) && !desired.grants.some((grant) => grant.name === name),
    );
    const { grants, left } = seenAccess(seen);
    const keeping = change.grants.join(', ');
    return ended.map((grant) =>
      tell(telling, role, 'Confirmed', {
        grant,
        target: { kind: 'serviceAccount', email: change.email },
        member: change.binding.member,
        parameters: [],
        grants,
        ...(left.length === 0 ? {} : { left }),
        reason: isThere(seen, change.binding)
          ? `The grant is gone. Access to ${change.email} stays through ${keeping}.`
          : `The grant is gone. ${keeping} asks for the same access to ${change.email}, which is not there, or could not be looked at.`,
      }),
    );
  });

/** Configs that belong to no access, and that could not be removed. */
const strayFailures = (telling: Telling, seen: Seen): readonly Outcome[] => {
  const stuck = seen.planned.told.flatMap((change) =>
    change.kind === 'unpublish' && change.resources.length === 0 ? (unremovedConfig(seen, change) ?? []) : [],
  );
  if (stuck.length === 0) return [];
  return [
    tell(telling, seen.planned.role, 'Failed', {
      member: memberOf(telling.settings, seen.planned.role.ref),
      parameters: stuck.filter(isConfig).map(({ region, name }) => ({ region, name })),
      failed: stuck,
      reason: `A config that no tag requests could not be removed. ${reasonOf(stuck.map(({ reason }) => ({ message: reason })))}`,
    }),
  ];
};
