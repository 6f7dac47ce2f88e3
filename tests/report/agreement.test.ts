import fc from 'fast-check';
import { forecast } from '../../shared/app/plan.ts';
import { type Survey, survey } from '../../shared/app/survey.ts';
import { type Access, type AccessState, listAccess } from '../../shared/core/access.ts';
import { hasEnded, ourBindings } from '../../shared/core/iam-policy.ts';
import { type BindingId, bindingKey } from '../../shared/core/ledger.ts';
import { isSameRole } from '../../shared/core/role-key.ts';
import { accessText } from '../../shared/core/target.ts';
import { createReport } from '../../shared/report/report.ts';
import { actIn, hasStatuses } from '../app/convergence/arbitraries.ts';
import { accountOfCall } from '../app/convergence/aws-weather.ts';
import { oneAccount, threeAccounts } from '../app/convergence/by-hand.ts';
import { collectMessages } from '../app/convergence/cloud.ts';
import { settingsOf } from '../app/convergence/intent.ts';
import { reconcileBatch } from '../app/convergence/invoke.ts';
import { perform } from '../app/convergence/noise.ts';
import { noisyCloud } from '../app/convergence/noisy-cloud.ts';
import { memoryPorts, memorySweepPorts, unavailable } from '../support/memory.ts';
import { historyOf } from '../support/reporting.ts';

/** Clouds after some acts of others, in one account or three; some accounts and some policies do not answer. */
const estate = fc.constantFrom(oneAccount, threeAccounts).chain((within) =>
  fc.record({
    members: fc.constant(within.members),
    withStatuses: hasStatuses,
    history: fc.array(fc.record({ act: actIn(within), isSeen: fc.constantFrom(true, true, false) }), {
      minLength: 1,
      maxLength: 20,
    }),
    maxRevocations: fc.constantFrom(100, 0, 0, 0),
    silent: fc.constantFrom(undefined, undefined, ...within.ids.slice(1)),
    /** The pool of the file; the other one was never used. */
    pool: fc.constantFrom(undefined, undefined, 'aws-new'),
    silentCalls: fc.constantFrom(undefined, undefined, 'getIamPolicy', 'GetParametersByPath', 'scan'),
  }),
);

it('agrees with plan and roles, row for row, and shows every blind spot that they show', async () => {
  let runs = 0;
  const seen = { rows: 0, held: 0, changes: 0, blindSpots: 0, former: 0, notSeen: 0 };
  await fc.assert(
    fc.asyncProperty(
      estate,
      async ({ members, withStatuses, history, maxRevocations, silent, silentCalls, pool }) => {
        const cloud = noisyCloud(maxRevocations, 'sync', members[0], withStatuses);
        for (const { act, isSeen } of history) {
          perform(cloud, act);
          collectMessages(cloud);
          const batch = cloud.queue.splice(0);
          if (isSeen) await reconcileBatch(cloud, settingsOf(cloud.intent), memoryPorts(cloud.world), batch);
        }
        cloud.world.before = (call) => {
          if (silent !== undefined && accountOfCall(call) === silent) throw unavailable(call);
          if (silentCalls !== undefined && call.startsWith(silentCalls)) throw unavailable(call);
        };
        const file = settingsOf(cloud.intent);
        const settings = pool === undefined ? file : { ...file, google: { ...file.google, pool } };
        const found = await survey(settings, memorySweepPorts(cloud.world));
        const plan = forecast(settings, found);
        const access = listAccess({ ...settings, google: found.settings.google }, found.seen, found.now);
        const existing = [...cloud.world.roles.values()];
        for (const { ref, roleId, isRoleUnseen, state } of access) {
          const isThere = existing.some((role) => isSameRole(role.ref, ref));
          if (roleId === undefined && isRoleUnseen === undefined) expect(isThere).toBe(false);
          if (isRoleUnseen === true) expect(['unclear', 'inherited', 'unseen']).toContain(state);
        }
        seen.notSeen += access.filter(({ isRoleUnseen }) => isRoleUnseen === true).length;
        seen.former += expectEachBindingOnce(found, access);
        const report = createReport(
          settings,
          found,
          { history: historyOf(), since: found.now },
          { stage: 'prod', warnings: [] },
        );

        expect(
          report.rows.map(({ role: { roleId, ...ref }, grant, target, state, expiresAt, rule }) => ({
            ref,
            roleId,
            grant,
            target,
            state,
            expiresAt,
            rule,
          })),
        ).toEqual(
          access.map(({ ref, roleId, grant, target, state, expiresAt, rule }) => ({
            ref,
            roleId,
            grant,
            target,
            state,
            expiresAt,
            rule,
          })),
        );

        expect(report.rows.filter(({ state }) => state === 'refused').map(({ reason }) => reason)).toEqual(
          access.flatMap(({ reason }) => reason ?? []),
        );
        expect(
          report.changes.map(({ role: { partition, accountId, roleName }, kind, what, isHeld }) => ({
            ref: { partition, accountId, roleName },
            kind,
            what,
            isHeld: isHeld === true,
          })),
        ).toEqual(
          plan.roles.flatMap(({ ref, changes }) =>
            changes.map(({ change, isHeld }) => ({
              ref,
              kind: change.kind,
              what: 'name' in change ? change.name : accessText(change.access),
              isHeld,
            })),
          ),
        );
        expect(report.blindSpots).toEqual(expect.arrayContaining([...plan.blindSpots]));
        expect(report.blindSpots).toHaveLength(
          new Set(plan.blindSpots.map((one) => JSON.stringify(one))).size,
        );
        expect(report.notReadable).toEqual(plan.notReadable);
        expect(report.limits).toEqual(plan.limits);
        expect(report.counts.held).toBe(found.limits.flatMap(({ held }) => held).length);
        runs += 1;
        seen.rows += report.rows.length;
        seen.held += report.counts.held;
        seen.changes += report.changes.length;
        seen.blindSpots += report.blindSpots.length;
      },
    ),
    { numRuns: 200 },
  );
  // Otherwise nothing was compared. Mutation tests compare fewer.

  const { held, former, notSeen, ...others } = seen;
  for (const count of [held, former, notSeen]) expect(count).toBeGreaterThan(runs < 200 ? -1 : 0);
  for (const count of Object.values(others)) expect(count).toBeGreaterThan(runs < 200 ? -1 : 100);
});

/**
 * Every binding of ours, and every entry of the ledger whose policy was not read, is one row, or one for each grant.
 * Returns the number of those in former pools.
 */
const expectEachBindingOnce = ({ settings, seen, now }: Survey, access: readonly Access[]): number => {
  const rows = Map.groupBy(
    access.flatMap(({ binding, ...one }) =>
      binding === undefined ? [] : [{ key: bindingKey(binding), ...one }],
    ),
    ({ key }) => key,
  );
  const expectOnce = (binding: BindingId, states: readonly AccessState[]): void => {
    if (hasEnded(binding.condition, now)) return;
    const found = rows.get(bindingKey(binding)) ?? [];
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map(({ grant }) => grant)).size).toBe(found.length);
    for (const { state } of found) expect(states).toContain(state);
  };
  for (const [resource, observed] of seen.policies)
    if (observed.kind === 'read')
      for (const one of ourBindings(settings, resource, observed.policy))
        expectOnce({ ...one, resource }, ['bound', 'unasked', 'unclear', 'inherited']);
  for (const { entries } of seen.table?.ledgers.values() ?? [])
    for (const entry of entries)
      if ((seen.policies.get(entry.resource) ?? { kind: 'unreadable' }).kind === 'unreadable')
        expectOnce(entry, ['unseen']);
  return access.filter(({ pool }) => pool !== undefined).length;
};
