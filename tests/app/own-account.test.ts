import { everythingOfOurs, isProven } from '../../shared/app/revoke-all.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { memberOf } from '../../shared/core/member.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, memorySweepPorts, setPolicy, setRole, unavailable } from '../support/memory.ts';
import { runReconcile } from '../support/reconciling.ts';
import { email, reports, roleRef, settings, writer } from '../support/settings.ts';
import { binding } from '../support/snapshot.ts';
import { alice, runRepair, runSweep } from '../support/sweeping.ts';
import { setUsed, usedNames } from '../support/table.ts';
import { advance, createWorld, hour, isBound, tagRole } from '../support/world.ts';

const next = email('next');
const nextPolicy = serviceAccountResource(next);
/** rolebridge.yml names `next` as rolebridge's own account. */
const renamed: Settings = { ...settings, google: { ...settings.google, serviceAccount: next } };
const functions = ['reconcile', 'sweep'].map((name) => roleRef(`rolebridge-production-${name}`));
const blind = `access to rolebridge's own account ${next}`;
const blindSpots = async (made: MemoryWorld, using = renamed) =>
  (await runSweep(made, using)).blindSpots.map(({ what }) => what);

/** `reports` could act as `next` before that became rolebridge's own account; the ledger no longer lists it. */
const forgotten = async (): Promise<MemoryWorld> => {
  const made = createWorld();
  setPolicy(made, nextPolicy, {});
  tagRole(made, { 'google-access': next });
  await runReconcile(made);
  setRole(made, reports, []);
  made.table.clear();
  tagRole(made, { 'google-access': writer }, 'app-new');
  return made;
};

describe('invariants 1, 4: a role is bound on rolebridge’s own account, and the ledger does not list it', () => {
  it('the sweep reports it, changes nothing there, and treats the table as emptied', async () => {
    const made = await forgotten();
    await runReconcile(made);
    const report = await runSweep(made, renamed);
    expect(report.blindSpots).toContainEqual({ what: blind, reason: expect.stringContaining('reports') });
    expect(report.isTableEmptied).toBe(true);
    await runRepair(made, renamed);
    expect(isBound(made, nextPolicy)).toBe(true);
  });

  it('until someone removes it by hand', async () => {
    const made = await forgotten();
    await runSweep(made, renamed);
    setPolicy(made, nextPolicy, { bindings: [binding(functions)] });
    const given = { answer: { kind: 'acceptTable' }, answeredBy: alice } as const;
    expect((await sweep(renamed, memorySweepPorts(made), given)).blindSpots).toEqual([]);
  });

  it('even under a condition, in another casing, and with a name like a function’s in another AWS account', async () => {
    for (const ref of [
      roleRef('REPORTS'),
      roleRef('rolebridge-production-sweeper'),
      { ...roleRef('rolebridge-production-sweep'), accountId: '999988887777' },
    ]) {
      const made = createWorld();
      const condition = { title: 'x', expression: 'true' };
      setPolicy(made, nextPolicy, { bindings: [binding(functions), binding([ref], { condition })] });
      expect(await blindSpots(made)).toContain(blind);
    }
  });

  it('revoke --all is not proven', async () => {
    const made = await forgotten();
    made.roles.clear();
    made.parameters.clear();
    expect(isProven(await everythingOfOurs(renamed, memorySweepPorts(made)))).toBe(false);
    setPolicy(made, nextPolicy, { bindings: [binding(functions)] });
    expect(isProven(await everythingOfOurs(renamed, memorySweepPorts(made)))).toBe(true);
    made.denied.add(nextPolicy);
    expect(isProven(await everythingOfOurs(renamed, memorySweepPorts(made)))).toBe(false);
  });

  it.each<[string, (made: MemoryWorld) => void]>([
    ['is bound there', () => undefined],
    ['may be, because we may not read its policy', (made) => void made.denied.add(nextPolicy)],
    [
      'may be, because its policy cannot be read now',
      (made) => {
        made.before = (call) => {
          if (call === `getIamPolicy ${nextPolicy}`) throw unavailable(call);
        };
      },
    ],
  ])('its project, and the pool, stay in the scope while a role %s', async (_, hide) => {
    const made = await forgotten();
    const old = 'projects/1/locations/global/workloadIdentityPools/old';
    setUsed(made, 'pool', old, '2026-11-24T08:00:00Z');
    setUsed(made, 'project', 'acme-data', '2026-11-24T08:00:00Z');
    const former = { ...settings, google: { ...settings.google, projectNumber: '1', pool: 'old' } };
    setPolicy(made, nextPolicy, {
      bindings: [
        { ...binding(functions), members: [...functions, reports].map((ref) => memberOf(former, ref)) },
      ],
    });
    hide(made);
    const dropped: Settings = { ...renamed, google: { ...renamed.google, projects: ['example.com:legacy'] } };
    for (let n = 0; n < 3; n += 1) {
      await sweep(dropped, memorySweepPorts(made), { answer: { kind: 'acceptTable' }, answeredBy: alice });
      advance(made, 2 * hour);
    }
    expect(usedNames(made)).toEqual(expect.arrayContaining(['acme-data', old]));
  });
});

describe('rolebridge’s own account', () => {
  it('is not read if no project in the scope has it, and not reported if only the functions are bound', async () => {
    const made = createWorld();
    await runSweep(made);
    expect(made.calls.filter((call) => call.includes('rolebridge@'))).toEqual([]);
    setPolicy(made, nextPolicy, { bindings: [binding(functions)] });
    expect(await blindSpots(made)).toEqual([]);
  });

  it('counts as not readable if we may not read it, and is a blind spot if the read fails', async () => {
    const made = createWorld();
    setPolicy(made, nextPolicy, {});
    made.denied.add(nextPolicy);
    expect(await runSweep(made, renamed)).toMatchObject({
      notReadable: [expect.any(String)],
      blindSpots: [],
    });
    made.before = (call) => {
      if (call === `getIamPolicy ${nextPolicy}`) throw unavailable(call);
    };
    expect(await blindSpots(made)).toEqual([`the allow policy of ${next}`]);
  });
});
