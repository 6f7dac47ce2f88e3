import fc from 'fast-check';
import { forecast } from '../../shared/app/plan.ts';
import { survey } from '../../shared/app/survey.ts';
import { listAccess } from '../../shared/core/access.ts';
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
    silentCalls: fc.constantFrom(undefined, undefined, 'getIamPolicy', 'GetParametersByPath', 'scan'),
  }),
);

it('agrees with plan and roles, row for row, and shows every blind spot that they show', async () => {
  let runs = 0;
  const seen = { rows: 0, held: 0, changes: 0, blindSpots: 0 };
  await fc.assert(
    fc.asyncProperty(
      estate,
      async ({ members, withStatuses, history, maxRevocations, silent, silentCalls }) => {
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
        const settings = settingsOf(cloud.intent);
        const found = await survey(settings, memorySweepPorts(cloud.world));
        const plan = forecast(settings, found);
        const access = listAccess({ ...settings, google: found.settings.google }, found.seen, found.now);
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
  // Otherwise nothing was compared. `npm run test:unit` compares fewer.

  const { held, ...others } = seen;
  expect(held).toBeGreaterThan(runs < 200 ? -1 : 0);
  for (const count of Object.values(others)) expect(count).toBeGreaterThan(runs < 200 ? -1 : 100);
});
