import { goneEntries, settleObserved, unwantedBindings } from '../core/bindings.ts';
import { type Change, isParameterChange, isStatusChange, maxDeferrals } from '../core/change.ts';
import { forgottenEntries } from '../core/forget.ts';
import { type Desired, desiredOf } from '../core/guardrail.ts';
import { askedAt, type LedgerEntry } from '../core/ledger.ts';
import { isDryRun, permitted, proposed } from '../core/mode.ts';
import { resourcesOf } from '../core/observed.ts';
import { currentOwnership, permittedByOwnership } from '../core/ownership.ts';
import { planRole } from '../core/plan.ts';
import { planStatuses } from '../core/plan-status.ts';
import { disprovedUntil, madeAtOf, requesterOfTag } from '../core/requester.ts';
import { namesAny, type TagEvent } from '../core/role-event.ts';
import type { Settings } from '../core/settings.ts';
import { desiredWhileRevoked, nothingAllowed } from '../core/standing.ts';
import { mayRevokeOf, roleAccessOf, suppress } from '../core/suppress.ts';
import type { AppliedAccess } from './apply.ts';
import { knownAccess } from './known-access.ts';
import type { Answers } from './ledger.ts';
import { type ObservedPolicies, type ObservedRole, policyViews } from './observe.ts';
import type { AccessPlan, Batch, RoleRun } from './role-run.ts';

/** Everything besides the role itself that its plan depends on. */
export interface PlanContext extends Batch {
  readonly policies: ObservedPolicies;
  readonly answers: Answers;
  readonly now: Date;
}

/** Adds what the role's tags ask for, and every resource that its plan needs. */
export const addDesired = (settings: Settings, { revokeAll }: Answers, now: Date, run: RoleRun): RoleRun => {
  const { request, observed } = run;
  const asked = desiredOf(observed.role, settings, now);
  // A drift asks for nothing, so no refusal is reported for it.
  const isEvent = namesAny(request.namedKeys);
  const desired = revokeAll === undefined ? asked : desiredWhileRevoked(asked, revokeAll, isEvent);
  const named = resourcesOf(settings, desired, observed.ledger.entries);
  return { ...run, desired, resources: [...new Set([...run.resources, ...named])] };
};

/**
 * Plans everything for the role, of which only the changes of bindings are made now. Its folders were not read yet, so this plan has no
 * parameters, and it may not decide which entries leave the ledger. `planParameters` plans again when it knows the folders.
 */
export const planAccess = (context: PlanContext, run: RoleRun): RoleRun => {
  const { settings, ownerships, policies, answers, now } = context;
  const { mode } = settings;
  const { request, observed } = run;
  const { role, folders, ledger } = observed;
  const views = policyViews(policies, run.resources);
  const forgets = request.swept.answers.flatMap((sortKey) => answers.forgets.get(sortKey) ?? []);
  const forgotten = isDryRun(mode)
    ? []
    : forgottenEntries(settings, role.ref, ledger.entries, forgets, run.desired, views, now);
  const dropped = new Set(forgotten.map(({ entry }) => entry));
  const entries = ledger.entries.filter((entry) => !dropped.has(entry));
  const madeAt = madeAtOf(request.events);
  const view = { role, folders, entries, policies: views, ...(madeAt === undefined ? {} : { madeAt }) };
  const { desired, bindings } = settleObserved(settings, view, run.desired, now);
  const requesters = requestersOf(request.events, desired, entries);
  // The mode comes first, as in the sweep: a change that it leaves out does not hold back any other.
  const all = permittedByOwnership(
    settings,
    ownerships,
    proposed(mode, planRole(settings, view, desired, now, bindings)),
  );
  const unwanted = unwantedBindings(view, bindings);
  const roleAccess = roleAccessOf(
    settings,
    role,
    desired,
    { ...bindings, unwanted, policies: views },
    all,
    now,
  );
  const changes = suppress(
    all,
    mayRevokeOf({ ...request.swept, namedKeys: request.namedKeys }, settings.tagKey),
    roleAccess,
    now,
  );
  const { undecided } = goneEntries(view, bindings, now);
  const isForeign = currentOwnership(settings, ownerships).kind === 'another';
  return {
    ...run,
    desired,
    plan: {
      proposed: changes,
      permitted: permitted(mode, changes),
      bindings: { ...bindings, unwanted },
      requesters,
      forgotten,
      undecided: isForeign || isDryRun(mode) ? [] : undecided,
      mayDefer: request.deferrals < maxDeferrals,
    },
  };
};

/** `unknown` if the events disprove the one that the ledger recorded. */
const requestersOf = (
  events: readonly TagEvent[],
  { grants }: Desired,
  entries: readonly LedgerEntry[],
): AccessPlan['requesters'] =>
  new Map(
    grants.flatMap(({ name, tag }) => {
      const isDisproved = entries.some((entry) =>
        (entry.requesters ?? []).some(
          (one) => one.grant === name && askedAt(one, entry) < disprovedUntil(events, tag),
        ),
      );
      const requester = requesterOfTag(events, name, tag) ?? (isDisproved ? 'unknown' : undefined);
      return requester === undefined ? [] : [[name, requester]];
    }),
  );

/**
 * Plans the role again, now that its folders are read, from the same policies and ledger as before. The changes of access stay those of
 * the first plan: they were made. From this plan come the parameters, and the entries that leave the ledger (a config that may
 * not be removed keeps its entry). The statuses are planned last, from the results of the bindings.
 */
export const planParameters = (
  context: PlanContext,
  run: RoleRun,
  folders: Pick<ObservedRole, 'folders' | 'folderErrors'>,
  access: AppliedAccess,
): RoleRun => {
  const complete = planAccess(context, { ...run, observed: { ...run.observed, ...folders } });
  const { settings, ownerships, policies, answers } = context;
  // As in the sweep: while everything is revoked, no status may stay or come back.
  const asSwept = answers.revokeAll === undefined ? settings : nothingAllowed(settings);
  const statuses = permittedByOwnership(
    settings,
    ownerships,
    planStatuses(asSwept, complete.observed, run.desired, () => knownAccess(run, access, policies)),
  );
  return {
    ...complete,
    plan: {
      ...complete.plan,
      forgotten: run.plan.forgotten,
      proposed: [...withParameters(run.plan.proposed, complete.plan.proposed), ...statuses],
      permitted: [
        ...withParameters(run.plan.permitted, complete.plan.permitted),
        ...permitted(settings.mode, statuses),
      ],
    },
  };
};

const withParameters = (access: readonly Change[], complete: readonly Change[]): readonly Change[] => {
  const isLater = (change: Change): boolean => isParameterChange(change) || change.kind === 'unlist';
  // Statuses are planned from the results of the bindings.
  const isFinal = (change: Change): boolean => !isLater(change) && !isStatusChange(change);
  return [...access.filter(isFinal), ...complete.filter(isLater)];
};
