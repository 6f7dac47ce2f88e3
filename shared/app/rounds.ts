import pMap from 'p-map';
import { holderOf, withhold } from '../core/brake.ts';
import { type Change } from '../core/change.ts';
import { type Desired, desiredOf } from '../core/desired.ts';
import { type Failure, PermanentError, RetryableError, toFailure } from '../core/errors.ts';
import { permitted, proposed } from '../core/mode.ts';
import type { RoleState } from '../core/model.ts';
import { resourcesOf } from '../core/observed.ts';
import type { Outcome } from '../core/outcome.ts';
import { planRole } from '../core/plan.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { apply, type ChangeResult, failureOf, type PlannedRole } from './apply.ts';
import { hasMoved } from './moved.ts';
import {
  type ObservedPolicies,
  type ObservedRole,
  observePolicies,
  observeRole,
  policyViews,
  readConcurrency,
} from './observe.ts';
import {
  changeOutcomes,
  failedOutcome,
  foreignParameters,
  refusalOutcomes,
  type Telling,
} from './outcomes.ts';
import type { RoleRequest } from './role-request.ts';

/** Rounds of plan and apply before a role that keeps changing goes back to the queue. */
const maxRounds = 3;

export interface Work {
  readonly request: RoleRequest;
  /** Every resource looked at so far: an old target stays in sight when the tag moves on. */
  readonly touched: readonly ResourceName[];
  readonly told: readonly Outcome[];
}
type Observation = Work & { readonly roles: readonly ObservedRole[] };
export type Finished = Work & {
  readonly failures: readonly Failure[];
  readonly lastOutcomes: readonly Outcome[];
  readonly state?: { readonly role: RoleState; readonly desired: Desired };
};

export const tellingOf = (settings: Settings, ports: Ports, { cause, look }: RoleRequest): Telling => ({
  settings,
  cause,
  look,
  now: ports.clock.now(),
});

/** Roles that can be read, and those that cannot, each with its own failure. */
const observeAll = async (settings: Settings, ports: Ports, works: readonly Work[]) => {
  const finished: Finished[] = [];
  const observations: Observation[] = [];
  await pMap(
    works,
    async (work) => {
      try {
        observations.push({ ...work, roles: await observeRole(settings, ports, work.request) });
      } catch (thrown) {
        const error = toFailure(thrown);
        const absent: RoleState = { kind: 'absent', ref: work.request.ref };
        const lastOutcomes =
          error instanceof PermanentError
            ? [failedOutcome(tellingOf(settings, ports, work.request), absent, error)]
            : [];
        finished.push({ ...work, failures: [error], lastOutcomes });
      }
    },
    { concurrency: readConcurrency },
  );
  return { observations, finished };
};

interface Round {
  readonly observation: Observation;
  readonly planned: readonly (PlannedRole & {
    readonly desired: Desired;
    readonly told: readonly Change[];
  })[];
  readonly results: ReadonlyMap<Change, ChangeResult>;
  readonly policyErrors: ObservedPolicies['errors'];
}

/**
 * The sweep saw a binding there: what cannot be looked at now must not pass for repaired. Of what an earlier look
 * looked at, only that which may pass matters: the rest was told then.
 */
const unseenResources = ({ observation, planned, policyErrors }: Round): readonly Failure[] => {
  const { resources, lookedAt } = observation.request;
  return [...new Set([...resources, ...lookedAt])].flatMap((resource) => {
    const isPlanned = planned.some(({ told }) =>
      told.some((change) => 'resource' in change && change.resource === resource),
    );
    const error = policyErrors.get(resource);
    const isTold = error instanceof PermanentError && !resources.includes(resource);
    return isPlanned || isTold || error === undefined ? [] : [error];
  });
};

/** Steps 3 to 6 of the design for a batch: one read of each policy, one plan per role, one apply for all. */
const planAndApply = async (
  settings: Settings,
  ports: Ports,
  observations: readonly Observation[],
): Promise<readonly Round[]> => {
  const now = ports.clock.now();
  const wanted = observations.map((observation) => {
    const roles = observation.roles.map((role) => ({
      ...role,
      desired: desiredOf(role.role, settings, now),
    }));
    const resources = roles.flatMap((role) => resourcesOf(settings, role.desired, role.folders));
    return {
      observation: { ...observation, touched: [...new Set([...observation.touched, ...resources])] },
      roles,
    };
  });
  const policies: ObservedPolicies = await observePolicies(ports, [
    ...new Set(wanted.flatMap(({ observation }) => observation.touched)),
  ]);
  const rounds = wanted.map(({ observation, roles }) => ({
    observation,
    planned: roles.map((role) => {
      const observed = { ...role, policies: policyViews(policies, observation.touched) };
      const holder = holderOf(settings, role.role, role.desired);
      const { mode } = settings;
      // The mode first, as the sweep does: what it leaves out anyway holds nothing else back.
      const plan = proposed(mode, planRole(settings, observed, role.desired));
      const told = withhold(plan, observation.request.mayRevoke, holder, now);
      return { ...role, told, changes: permitted(mode, told) };
    }),
  }));
  const results = await apply(
    settings,
    ports,
    rounds.flatMap(({ planned }) => planned),
    policies,
  );
  return rounds.map((round) => ({ ...round, results, policyErrors: policies.errors }));
};

/** After a write, the role is read again: it may have been tagged anew while we wrote. */
const movedMeanwhile = async (
  settings: Settings,
  ports: Ports,
  { observation, planned, results }: Round,
): Promise<boolean> => {
  if (planned.every(({ changes }) => changes.length === 0)) return false;
  const again = await observeRole(settings, ports, observation.request);
  return (
    again.length !== planned.length ||
    planned.some((before, index) => {
      const after = again[index];
      return after !== undefined && hasMoved(before, results, after);
    })
  );
};

const finish = (settings: Settings, ports: Ports, round: Round, isMoving: boolean): Finished => {
  const { observation, planned, results } = round;
  const telling = tellingOf(settings, ports, observation.request);
  const changed = planned.flatMap((role) =>
    changeOutcomes(telling, { ...role, changes: role.told }, role.desired, results),
  );
  const unseen = unseenResources(round);
  const failures = [
    ...unseen,
    ...planned.flatMap((role) => [
      ...role.changes.flatMap((change) => failureOf(results.get(change)) ?? []),
      ...role.folderErrors.values(),
    ]),
  ];
  const refused = planned.flatMap((role) => refusalOutcomes(telling, role.role, role.desired.refusals));
  for (const role of planned) {
    for (const { region, name } of foreignParameters(settings, role, role.desired)) {
      ports.logger.warn('A parameter under our prefix is not ours; it is left alone.', { region, name });
    }
  }
  // What may not be read, and a role of which nothing had to change: else nobody would be told.
  const unread = planned.flatMap((role) =>
    [...unseen, ...(role.changes.length > 0 ? [] : role.folderErrors.values())]
      .filter((error) => error instanceof PermanentError)
      .map((error) => failedOutcome(telling, role.role, error)),
  );
  const [first] = planned;
  return {
    ...observation,
    told: [...observation.told, ...changed.filter(({ type }) => type !== 'Failed')],
    failures: isMoving
      ? [...failures, new RetryableError('The role keeps changing while it is being reconciled.')]
      : failures,
    lastOutcomes: [...refused, ...unread, ...changed.filter(({ type }) => type === 'Failed')],
    ...(first === undefined ? {} : { state: { role: first.role, desired: first.desired } }),
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
    const { observations, finished } = await observeAll(settings, ports, open);
    settled.push(...finished);
    const moving: Work[] = [];
    await pMap(
      await planAndApply(settings, ports, observations),
      async (one) => {
        const checked = await movedMeanwhile(settings, ports, one).catch(toFailure);
        const result = finish(settings, ports, one, checked === true && round === maxRounds);
        if (checked === true && round < maxRounds) moving.push(result);
        else
          settled.push(
            typeof checked === 'boolean' ? result : { ...result, failures: [...result.failures, checked] },
          );
      },
      { concurrency: readConcurrency },
    );
    open = moving;
  }
  return settled;
};
