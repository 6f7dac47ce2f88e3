import type { Change, LedgerChange, PolicyChange } from '../core/change.ts';
import type { Desired } from '../core/desired.ts';
import type { Failure } from '../core/errors.ts';
import { type BindingId, bindingKey } from '../core/ledger.ts';
import { memberOf } from '../core/member.ts';
import { writesNothing } from '../core/mode.ts';
import type { Outcome } from '../core/outcome.ts';
import { emailOfResource } from '../core/service-account.ts';
import type { PlannedRole } from './apply.ts';
import { type ChangeResult, failureOf } from './change-result.ts';
import { bindingOf } from './ledger.ts';
import { grantState, type State, type Telling, tell } from './outcomes.ts';

/** A planned role, and what it has besides what its grants ask for. */
type ToldRole = PlannedRole & { readonly unwanted: readonly BindingId[] };

/** What came of a role's changes: what ended, and what was given. */
export const changeOutcomes = (
  telling: Telling,
  role: ToldRole,
  desired: Desired,
  results: ReadonlyMap<Change, ChangeResult>,
): readonly Outcome[] => [
  ...revocations(telling, role, desired, results),
  ...mergedGrants(telling, role, desired, results),
  ...strayFailures(telling, role, results),
  ...grantOutcomes(telling, role, desired, results),
];

const reasonOf = (failures: readonly Failure[]): string =>
  [...new Set(failures.map(({ message }) => message))].join(' ');

/** `effective within minutes`, never "ready": Google takes 2 to 7 minutes until a binding works everywhere. */
const grantedReason = 'Granted; effective within minutes.';
const deferredReason = 'Its config follows within minutes: Parameter Store limits the rate of writes.';
const revokedReason =
  'No new tokens within minutes; an access token already issued lives on for up to an hour.';

const deferredRemoval = 'Its config is removed within minutes: Parameter Store limits the rate of writes.';

const isDeferredIn =
  (results: ReadonlyMap<Change, ChangeResult>) =>
  (change: Change): boolean =>
    results.get(change)?.kind === 'deferred';

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
        change.email === grant.target.email &&
        change.grants.includes(grant.name),
    );
    const state = grantState(telling.settings, role.role, grant);
    const failures = changes.flatMap((change) => failureOf(results.get(change)) ?? []);
    if (failures.length > 0)
      return [tell(telling, role.role, 'Failed', { ...state, reason: reasonOf(failures) })];
    const isDeferred = isDeferredIn(results);
    // What is left for later is told when it is done.
    if (changes.every(isDeferred)) return [];
    const reason = changes.some(isDeferred) ? `${grantedReason} ${deferredReason}` : grantedReason;
    return [tell(telling, role.role, 'Granted', { ...state, reason })];
  });

/** A grant, or a binding that the ledger does not explain, whose access ends. */
interface Ending {
  readonly grant?: string;
  readonly email: string;
  readonly changes: readonly (PolicyChange | LedgerChange)[];
}

/** What ends: by each grant that the ledger names, or else by the account alone. */
const endings = ({ changes }: PlannedRole, desired: Desired): readonly Ending[] => {
  const removals = changes.filter(
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
const revocations = (
  telling: Telling,
  role: ToldRole,
  desired: Desired,
  results: ReadonlyMap<Change, ChangeResult>,
): readonly Outcome[] =>
  endings(role, desired).flatMap(({ grant, email, changes }) => {
    const failures = changes.flatMap((change) => failureOf(results.get(change)) ?? []);
    const configs = role.changes.filter(
      (change) =>
        change.kind === 'unpublish' &&
        changes.some(({ resource }) => change.resources.includes(resource)) &&
        (grant === undefined || change.grants.includes(grant)),
    );
    const unremoved = configs.flatMap((change) => failureOf(results.get(change)) ?? []);
    const [first] = changes;
    const state: State = {
      ...(grant === undefined ? {} : { grant }),
      target: { kind: 'serviceAccount', email },
      ...(first === undefined ? {} : { member: 'edit' in first ? first.edit.member : first.binding.member }),
      parameters: configs.flatMap((change) =>
        'region' in change ? [{ region: change.region, name: change.name }] : [],
      ),
    };
    if (failures.length > 0)
      return [
        tell(telling, role.role, 'Failed', {
          ...state,
          reason: `Access may still be there. ${reasonOf([...failures, ...unremoved])}`,
        }),
      ];
    // While the role may still have access to the account, it is not revoked. What removes the rest reports it.
    if (isAccessLeft(telling, role, email, results)) return [];
    return [
      tell(telling, role.role, 'Revoked', {
        ...state,
        reason: configs.some(isDeferredIn(results)) ? `${revokedReason} ${deferredRemoval}` : revokedReason,
      }),
      ...(unremoved.length === 0
        ? []
        : [
            tell(telling, role.role, 'Failed', {
              ...state,
              reason: `The access is gone, but its config could not be removed. ${reasonOf(unremoved)}`,
            }),
          ]),
    ];
  });

/** Whether an unwanted binding on the account stays: undecided, held, or left by the mode. */
const isAccessLeft = (
  { settings }: Telling,
  { changes, unwanted }: ToldRole,
  email: string,
  results: ReadonlyMap<Change, ChangeResult>,
): boolean => {
  const gone = new Set(
    changes.flatMap((change) => {
      const isDone = writesNothing(settings.mode) || results.get(change)?.kind === 'done';
      if (change.kind === 'unbind' && isDone) return [bindingKey(bindingOf(change))];
      return change.kind === 'unlist' && isDone ? [bindingKey(change.binding)] : [];
    }),
  );
  return unwanted.some(
    (binding) => emailOfResource(binding.resource) === email && !gone.has(bindingKey(binding)),
  );
};

/** Grants that ended while another grant of the role keeps the same binding: a fact, but no revocation. */
const mergedGrants = (
  telling: Telling,
  role: ToldRole,
  desired: Desired,
  results: ReadonlyMap<Change, ChangeResult>,
): readonly Outcome[] =>
  role.changes.flatMap((change) => {
    if (change.kind !== 'list' || failureOf(results.get(change)) !== undefined) return [];
    const entry = role.ledger.entries.find((one) => bindingKey(one) === bindingKey(change.binding));
    const ended = entry?.grants.filter((name) => !desired.grants.some((grant) => grant.name === name)) ?? [];
    return ended.map((grant) =>
      tell(telling, role.role, 'Confirmed', {
        grant,
        target: { kind: 'serviceAccount', email: change.email },
        member: change.binding.member,
        parameters: [],
        grants: desired.grants.map((one) => grantState(telling.settings, role.role, one)),
        reason: `The grant is gone. Access to ${change.email} stays through ${change.grants.join(', ')}.`,
      }),
    );
  });

/** Configs that belong to no access, and that could not be removed. */
const strayFailures = (
  telling: Telling,
  role: PlannedRole,
  results: ReadonlyMap<Change, ChangeResult>,
): readonly Outcome[] => {
  const stuck = role.changes.flatMap((change) => {
    const failure = failureOf(results.get(change));
    return change.kind === 'unpublish' && change.resources.length === 0 && failure !== undefined
      ? [{ region: change.region, name: change.name, failure }]
      : [];
  });
  if (stuck.length === 0) return [];
  return [
    tell(telling, role.role, 'Failed', {
      member: memberOf(telling.settings, role.role.ref),
      parameters: stuck.map(({ region, name }) => ({ region, name })),
      reason: `A config that no tag requests could not be removed. ${reasonOf(stuck.map(({ failure }) => failure))}`,
    }),
  ];
};
