import { holderOf, withhold } from '../core/brake.ts';
import { desiredOf } from '../core/desired.ts';
import { toFailure } from '../core/errors.ts';
import { permitted, proposed } from '../core/mode.ts';
import { resourcesOf } from '../core/observed.ts';
import { planRole } from '../core/plan.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { apply } from './apply.ts';
import { eachRole } from './each-role.ts';
import { finish } from './finish.ts';
import { hasMoved } from './moved.ts';
import { type ObservedPolicies, observePolicies, observeRole, policyViews } from './observe.ts';
import type { Finished, Observation, Planned, Round, Wanted, Work } from './work.ts';

/** Rounds of plan and apply before a role that keeps changing goes back to the queue. */
const maxRounds = 3;

const want = (settings: Settings, now: Date, { observed, ...work }: Observation): Wanted => {
  const wanted = observed.map((role) => ({ ...role, desired: desiredOf(role.role, settings, now) }));
  const resources = wanted.flatMap((role) => resourcesOf(settings, role.desired, role.folders));
  return { ...work, touched: [...new Set([...work.touched, ...resources])], wanted };
};

const plan = (
  settings: Settings,
  policies: ObservedPolicies,
  now: Date,
  { wanted, ...work }: Wanted,
): Planned => {
  const { mode } = settings;
  const planned = wanted.map((role) => {
    const observed = { ...role, policies: policyViews(policies, work.touched) };
    const holder = holderOf(settings, role.role, role.desired);
    // The mode first, as the sweep does: what it leaves out anyway holds nothing else back.
    const all = proposed(mode, planRole(settings, observed, role.desired));
    const told = withhold(all, work.request.mayRevoke, holder, now);
    return { ...role, told, changes: permitted(mode, told) };
  });
  return { ...work, planned };
};

/** After a write, the role is read again: it may have been tagged anew while we wrote. */
const movedMeanwhile = async (
  settings: Settings,
  ports: Ports,
  { request, planned, results }: Round,
): Promise<boolean> => {
  if (planned.every(({ changes }) => changes.length === 0)) return false;
  const again = await observeRole(settings, ports, request);
  return (
    again.length !== planned.length ||
    planned.some((before, index) => {
      const after = again[index];
      return after !== undefined && hasMoved(before, results, after);
    })
  );
};

interface Checked {
  readonly finished: Finished;
  readonly isOpen: boolean;
}

const check = async (settings: Settings, ports: Ports, round: Round, isLast: boolean): Promise<Checked> => {
  const moved = await movedMeanwhile(settings, ports, round).catch(toFailure);
  const finished = finish(settings, ports, round, moved === true && isLast);
  return typeof moved === 'boolean'
    ? { finished, isOpen: moved && !isLast }
    : { finished: { ...finished, failures: [...finished.failures, moved] }, isOpen: false };
};

/** Observe, plan, apply, look again, for a whole batch: one read of each policy, one plan per role, one apply for all. */
const oneRound = async (settings: Settings, ports: Ports, works: readonly Work[], isLast: boolean) => {
  const seen = await eachRole(settings, ports, 'read', works, async (work) => ({
    ...work,
    observed: await observeRole(settings, ports, work.request),
  }));
  const now = ports.clock.now();
  const wanted = await eachRole(settings, ports, 'planned', seen.done, (one) => want(settings, now, one));
  const policies = await observePolicies(ports, [...new Set(wanted.done.flatMap(({ touched }) => touched))]);
  const planned = await eachRole(settings, ports, 'planned', wanted.done, (one) =>
    plan(settings, policies, now, one),
  );
  const changing = planned.done.flatMap((one) => one.planned);
  const results = await apply(settings, ports, changing, policies);
  const rounds = planned.done.map((one) => ({ ...one, results, policyErrors: policies.errors }));
  const checked = await eachRole(settings, ports, 'checked', rounds, (round) =>
    check(settings, ports, round, isLast),
  );
  return {
    checked: checked.done,
    stopped: [seen, wanted, planned, checked].flatMap(({ stopped }) => stopped),
  };
};

/** Plans and applies until nothing moves any more; every role comes back, whatever became of it. */
export const settle = async (
  settings: Settings,
  ports: Ports,
  works: readonly Work[],
): Promise<readonly Finished[]> => {
  const settled: Finished[] = [];
  let open = works;
  for (let round = 1; open.length > 0; round += 1) {
    const { checked, stopped } = await oneRound(settings, ports, open, round === maxRounds);
    settled.push(...stopped, ...checked.filter(({ isOpen }) => !isOpen).map(({ finished }) => finished));
    open = checked.filter(({ isOpen }) => isOpen).map(({ finished }) => finished);
  }
  return settled;
};
