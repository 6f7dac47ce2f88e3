import { PermanentError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { type MemoryWorld, setPolicy, unavailable } from '../support/memory.ts';
import { accountId, reader, roleRef, settings } from '../support/settings.ts';
import { readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { drifted, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { entriesOf, setUsed } from '../support/table.ts';
import { createWorld, member, parameterPlaces, sharedBinding, tagRole } from '../support/world.ts';

describe('an incomplete look', () => {
  const fail = (world: MemoryWorld, pattern: RegExp, after = 0) => {
    let seen = 0;
    world.before = (call) => {
      if (!pattern.test(call)) return;
      seen += 1;
      if (seen > after) throw unavailable(call);
    };
  };
  const many = async (): Promise<MemoryWorld> => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    for (const roleName of ['app-a', 'app-b', 'reports'])
      tagRole(world, { 'google-access': reader }, roleName);
    await settleAll(world);
    world.pageSize = 1;
    return world;
  };

  it('at the roles: those seen are repaired, the others do not count as gone', async () => {
    const world = await many();
    world.parameters.delete('eu-west-1 /google-access/app-a/default');
    fail(world, /^GetAccountAuthorizationDetails/, 2);
    const report = await runSweep(world);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([`the roles of account ${accountId}`]);
    expect(drifted(world).map(([name]) => name)).toEqual(['app-a']);
  });

  it('at the parameters: none counts as missing; those seen that no tag requests are removed', async () => {
    const world = await many();
    tagRole(world, {}, 'app-a');
    setPolicy(world, readerPolicy, {
      bindings: [
        {
          role: workloadIdentityUser,
          members: ['app-b', 'reports'].map((name) => memberOf(settings, roleRef(name))),
        },
      ],
    });
    fail(world, /^GetParametersByPath/, 2);
    const report = await runSweep(world);
    expect(report.blindSpots).toHaveLength(2);
    expect(
      drifted(world).flatMap(([, ...changes]) => changes.filter((change) => !change.startsWith('unpublish'))),
    ).toEqual([]);
    expect(drifted(world).map(([name]) => name)).toEqual(['app-a']);
  });

  it('at an allow policy: it concludes nothing about that account', async () => {
    const world = await many();
    fail(world, new RegExp(`^getIamPolicy ${readerPolicy}`));
    const report = await runSweep(world);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([`the allow policy of ${reader}`]);
    expect(world.drifts).toEqual([]);
  });

  it('at a project: it still checks the accounts that tags name', async () => {
    const world = await many();
    tagRole(world, {}, 'app-a');
    fail(world, /^listServiceAccounts/);
    const report = await runSweep(world);
    expect(report.blindSpots).toHaveLength(2);
    expect(drifted(world).map(([name]) => name)).toEqual(['app-a']);
  });

  it('at the table: it continues, and forgets nothing', async () => {
    const world = await many();
    const before = new Map(world.table);
    fail(world, /^Scan/);
    const report = await runSweep(world, { ...settings, regions: ['us-east-1'] });
    expect(report.blindSpots.map(({ what }) => what)).toEqual([
      'the ledger, and what earlier configurations used',
    ]);
    expect(world.table).toEqual(before);
  });

  it('counts a refusal on an account that nothing connects to us, which is not a blind spot', async () => {
    const world = await many();
    world.denied.add(writerPolicy);
    const report = await runSweep(world);
    expect(report).toMatchObject({ notReadable: [writerPolicy], notOptedIn: [], blindSpots: [], drifts: [] });
  });

  it('has a blind spot for any other refusal, such as of our own sign-in: it was not an owner’s choice', async () => {
    const world = await many();
    tagRole(world, {}, 'app-a');
    world.before = (call) => {
      if (call.startsWith('getIamPolicy')) throw new PermanentError('could not sign in to Google');
    };
    const report = await runSweep(world);
    expect(report).toMatchObject({ notOptedIn: [], drifts: [], policiesRead: 0 });
    expect(report.blindSpots).toHaveLength(2);
  });

  it('has a blind spot for a dropped project that we may not list, and does not forget the project', async () => {
    const world = await many();
    setUsed(world, 'project', 'old-data', '2026-11-20T00:00:00Z');
    world.before = (call) => {
      if (call === 'listServiceAccounts old-data')
        throw new PermanentError('no lister role', { because: 'notPermitted' });
    };
    const report = await runSweep(world);
    expect(report.blindSpots.map(({ what }) => what)).toEqual(['the service accounts of project old-data']);
    expect(report.dropped.map(({ name }) => name)).toEqual(['old-data']);
  });

  it('has no policy to read if the account does not exist', async () => {
    const world = await many();
    tagRole(world, { 'google-access': 'nobody@acme-data.iam.gserviceaccount.com' }, 'app-x');
    expect(await runSweep(world)).toMatchObject({ policiesRead: 2, blindSpots: [] });
  });

  it('treats a refusal on an account that the ledger names as a failed read: its entry stays', async () => {
    const world = await many();
    tagRole(world, {}, 'app-a');
    world.denied.add(readerPolicy);
    await runSweep(world);
    const [report] = await runRepair(world);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(entriesOf(world, roleRef('app-a'))).toHaveLength(1);
    expect(parameterPlaces(world)).not.toContain('us-east-1 /google-access/app-a/default');
  });

  it('does not report an account as repaired that was bound and cannot be read during the repair', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, {});
    setPolicy(world, writerPolicy, { bindings: [{ role: workloadIdentityUser, members: [member] }] });
    await runSweep(world);
    world.denied.add(writerPolicy);
    const [report] = await runRepair(world);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    world.denied.clear();
    world.before = () => {
      throw unavailable('everything');
    };
    await expect(runSweep(world)).rejects.toThrow('everything is not available');
  });
});
