import { goneEntries, roleBindings, unwantedBindings } from '../core/bindings.ts';
import { type Change, isParameterChange, maxDeferrals } from '../core/change.ts';
import { type Desired, desiredOf } from '../core/desired.ts';
import { type Failure, toFailure } from '../core/errors.ts';
import { forgottenEntries } from '../core/forget.ts';
import { mayRevokeOf } from '../core/may-revoke.ts';
import { permitted, proposed, writesNothing } from '../core/mode.ts';
import { resourcesOf } from '../core/observed.ts';
import { currentOwnership, type Ownerships, permittedIn } from '../core/ownership.ts';
import { planRole } from '../core/plan.ts';
import { requesterOfTag } from '../core/requester.ts';
import { roleKey } from '../core/role-key.ts';
import type { ResourceName } from '../core/service-account.ts';
import { providerOf, type Settings } from '../core/settings.ts';
import { desiredWhileRevoked } from '../core/standing.ts';
import { holderOf, withhold } from '../core/suppress.ts';
import type { RoleLedger } from '../core/table-view.ts';
import type { TagEvent } from '../core/tag-event.ts';
import type { Ports } from '../ports.ts';
import { applyAccess, applyParameters, type PlannedRole } from './apply.ts';
import { eachRole } from './each-role.ts';
import { type Answers, readLedgersAndNotes } from './ledger.ts';
import { confirmable, lostProjectsOf } from './lost-accounts.ts';
import { hasMoved } from './moved.ts';
import {
  type ObservedPolicies,
  observeFolders,
  observePolicies,
  observeRole,
  policyViews,
  readRole,
} from './observe.ts';
import type { Finished, Observation, Planned, Round, Wanted, Work } from './role-run.ts';
import { finish } from './summarize.ts';

/** Rounds of plan and apply before a role that keeps changing goes back to the queue. */
const maxRounds = 3;

/** Plans and applies until nothing moves any more; every role comes back with its result. */
export const settle = async (
  settings: Settings,
  ports: Ports,
  ownerships: Ownerships,
  works: readonly Work[],
): Promise<readonly Finished[]> => {
  const settled: Finished[] = [];
  let open = works;
  for (let round = 1; open.length > 0; round += 1) {
    const { checked, stopped } = await oneRound(settings, ports, ownerships, open, round === maxRounds);
    settled.push(...stopped, ...checked.filter(({ isOpen }) => !isOpen).map(({ finished }) => finished));
    open = checked.filter(({ isOpen }) => isOpen).map(({ finished }) => finished);
  }
  return settled;
};

/**
 * Observe, plan, apply, check, for a whole batch: one read of the ledger and of each policy, one edit of each policy for all.
 * Access comes first, and then the parameters.
 */
const oneRound = async (
  settings: Settings,
  ports: Ports,
  ownerships: Ownerships,
  works: readonly Work[],
  isLast: boolean,
) => {
  const reportedAbsent = works.flatMap(({ request }) => request.reportedAbsent);
  const { ledgers, notes } = await readLedgersAndNotes(
    ports.table,
    works.map(({ request }) => request.ref),
    [...new Set(works.flatMap(({ request }) => request.answers ?? []))],
    lostProjectsOf(reportedAbsent),
  );
  const { answers } = notes;
  const seen = await eachRole(settings, ports, 'read', works, async (work): Promise<Observation> => {
    const ledger = ledgerOf(ledgers.get(roleKey(work.request.ref)), work);
    return { ...work, observed: await observeRole(settings, ports, work.request, ledger) };
  });
  const now = ports.clock.now();
  const wanted = await eachRole(settings, ports, 'planned', seen.done, (one) =>
    want(settings, now, answers, one),
  );
  const policies = await observePolicies(
    ports,
    [...new Set(wanted.done.flatMap(({ touched }) => touched))],
    writesNothing(settings.mode)
      ? reportedAbsent
      : confirmable(reportedAbsent, resourcesIn(wanted.done), notes.lost, now),
  );
  const planOf = (one: Wanted): Planned => plan(settings, ownerships, policies, answers, now, one);
  const access = await eachRole(settings, ports, 'planned', wanted.done, (one) => ({
    ...one,
    ...planOf(one),
  }));
  const appliedAccess = await applyAccess(
    settings,
    ports,
    access.done.map((one) => one.planned),
    policies,
    notes.generation,
  );
  const end = ports.clock.now().getTime() + publishMilliseconds(works);
  const planned = await eachRole(settings, ports, 'planned', access.done, async (one): Promise<Planned> => {
    const folders = await observeFolders(settings, ports, one.request);
    const { planned: whole } = planOf({ ...one, observed: { ...one.observed, ...folders } });
    return { ...one, planned: withAccess(one.planned, whole) };
  });
  const applied = await applyParameters(
    settings,
    ports,
    appliedAccess,
    planned.done.map((one) => one.planned),
    end,
  );
  const rounds = planned.done.map((one) => ({ ...one, applied, policyErrors: policies.errors, ownerships }));
  const checked = await eachRole(settings, ports, 'checked', rounds, (round) =>
    check(settings, ports, round, isLast),
  );
  return {
    checked: checked.done,
    stopped: [seen, wanted, access, planned, checked].flatMap(({ stopped }) => stopped),
  };
};

const resourcesIn = (works: readonly Wanted[]): ReadonlySet<ResourceName> =>
  new Set(works.flatMap(({ observed }) => observed.ledger.entries.map(({ resource }) => resource)));

/**
 * Parameter Store takes some 3 writes a second, and access must not wait for them: a batch of events binds, publishes for
 * a moment, and leaves the rest to looks that have more time.
 */
const publishMilliseconds = (works: readonly Work[]): number =>
  works.every(({ request }) => request.deferrals > 0) ? 30_000 : 1_000;

/**
 * The whole plan, with the changes of access as they were made already. What leaves the ledger is decided only now: a
 * config that may not be removed keeps its entry.
 */
const withAccess = (made: Planned['planned'], whole: Planned['planned']): Planned['planned'] => {
  const { told, changes, forgotten = [] } = made;
  const isLater = (change: Change): boolean => isParameterChange(change) || change.kind === 'unlist';
  const merged = (first: readonly Change[], all: readonly Change[]): readonly Change[] => [
    ...first.filter((change) => !isLater(change)),
    ...all.filter(isLater),
  ];
  return {
    ...whole,
    forgotten,
    told: merged(told, whole.told),
    changes: merged(changes, whole.changes),
  };
};

/** @throws Failure where the item cannot be read: then nothing may be bound, and the message comes back. */
const ledgerOf = (read: RoleLedger | Failure | undefined, { request }: Work): RoleLedger => {
  if (read === undefined) return { role: request.ref, entries: [] };
  if (read instanceof Error) throw read;
  return read;
};

const want = (
  settings: Settings,
  now: Date,
  { revokeAll }: Answers,
  { observed, ...work }: Observation,
): Wanted => {
  const asked = desiredOf(observed.role, settings, now);
  // A drift asks for nothing, so no refusal is reported for it.
  const isEvent = work.request.namedKeys.length > 0;
  const desired = revokeAll === undefined ? asked : desiredWhileRevoked(asked, revokeAll, isEvent);
  const resources = resourcesOf(settings, desired, observed.ledger.entries);
  return { ...work, touched: [...new Set([...work.touched, ...resources])], observed, desired };
};

const plan = (
  settings: Settings,
  ownerships: Ownerships,
  policies: ObservedPolicies,
  answers: Answers,
  now: Date,
  { observed, desired, ...work }: Wanted,
): Planned => {
  const { mode } = settings;
  const { role, folders, ledger } = observed;
  const views = policyViews(policies, work.touched);
  const forgets = (work.request.answers ?? []).flatMap((sk) => answers.forgets.get(sk) ?? []);
  const forgotten = writesNothing(mode)
    ? []
    : forgottenEntries(settings, role.ref, ledger.entries, forgets, desired, views, now);
  const dropped = new Set(forgotten.map(({ entry }) => entry));
  const entries = ledger.entries.filter((entry) => !dropped.has(entry));
  const view = { role, folders, entries, policies: views };
  const bindings = roleBindings(settings, view, desired);
  // The mode first, as the sweep does: what it leaves out holds nothing else back.
  const all = permittedIn(
    settings,
    ownerships,
    proposed(mode, planRole(settings, view, desired, now, bindings)),
  );
  const unwanted = unwantedBindings(view, bindings);
  const holder = holderOf(settings, role, desired, { ...bindings, unwanted }, all, now);
  const told = withhold(all, mayRevokeOf(work.request, settings.tagKey), holder, now);
  const { undecided } = goneEntries(view, bindings, now);
  const isForeign = currentOwnership(settings, ownerships).kind === 'another';
  return {
    ...work,
    planned: {
      ...observed,
      desired,
      told,
      changes: permitted(mode, told),
      requesters: requestersOf(work.request.events, desired),
      mayDefer: work.request.deferrals < maxDeferrals,
      forgotten,
      seen: { ...bindings, unwanted },
      undecided: isForeign || writesNothing(mode) ? [] : undecided,
    },
  };
};

const requestersOf = (events: readonly TagEvent[], { grants }: Desired): PlannedRole['requesters'] =>
  new Map(
    grants.flatMap(({ name, tag }) => {
      const requester = requesterOfTag(events, name, tag);
      return requester === undefined ? [] : [[name, requester]];
    }),
  );

interface Checked {
  readonly finished: Finished;
  readonly isOpen: boolean;
}

/** After a write, the role is read again: it may have been tagged again while we wrote. */
const check = async (settings: Settings, ports: Ports, round: Round, isLast: boolean): Promise<Checked> => {
  const { planned, applied } = round;
  const moved = applied.lost.has(planned) || (await movedMeanwhile(settings, ports, round).catch(toFailure));
  const isOpen = moved === true && !isLast;
  const finished = finish(settings, ports, round, { isMoving: moved === true && isLast, isOpen });
  return typeof moved === 'boolean'
    ? { finished, isOpen }
    : { finished: { ...finished, failures: [...finished.failures, moved] }, isOpen: false };
};

const movedMeanwhile = async (
  settings: Settings,
  ports: Ports,
  { request, planned }: Round,
): Promise<boolean> =>
  planned.changes.length > 0 &&
  // Of an account that is not configured, no role was read.
  providerOf(settings, request.ref) !== undefined &&
  hasMoved(planned.role, await readRole(ports, request.ref, planned.ledger));
