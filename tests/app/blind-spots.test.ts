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

  it('of the roles: those seen are repaired, the others do not count as gone', async () => {
    const world = await many();
    world.parameters.delete('eu-west-1 /google-access/app-a/default');
    fail(world, /^GetAccountAuthorizationDetails/, 2);
    const report = await runSweep(world);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([`the roles of account ${accountId}`]);
    expect(drifted(world).map(([name]) => name)).toEqual(['app-a']);
  });

  it('of the parameters: none counts as missing, those seen and not asked for are taken away', async () => {
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

  it('of an allow policy: nothing is concluded about that account', async () => {
    const world = await many();
    fail(world, new RegExp(`^getIamPolicy ${readerPolicy}`));
    const report = await runSweep(world);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([`the allow policy of ${reader}`]);
    expect(world.drifts).toEqual([]);
  });

  it('of a project: accounts that tags name are looked at all the same', async () => {
    const world = await many();
    tagRole(world, {}, 'app-a');
    fail(world, /^listServiceAccounts/);
    const report = await runSweep(world);
    expect(report.blindSpots).toHaveLength(2);
    expect(drifted(world).map(([name]) => name)).toEqual(['app-a']);
  });

  it('of the table: it goes on, and forgets nothing', async () => {
    const world = await many();
    const before = new Map(world.table);
    fail(world, /^Scan/);
    const report = await runSweep(world, { ...settings, regions: ['us-east-1'] });
    expect(report.blindSpots.map(({ what }) => what)).toEqual([
      'the ledger, and what earlier configurations used',
    ]);
    expect(world.table).toEqual(before);
  });

  it('a refusal on an account that nothing ties to us is no blind spot, but is counted', async () => {
    const world = await many();
    world.denied.add(writerPolicy);
    const report = await runSweep(world);
    expect(report).toMatchObject({ notReadable: [writerPolicy], notOptedIn: [], blindSpots: [], drifts: [] });
  });

  it('any other refusal, such as of our own sign-in, is a blind spot and nobody’s choice', async () => {
    const world = await many();
    tagRole(world, {}, 'app-a');
    world.before = (call) => {
      if (call.startsWith('getIamPolicy')) throw new PermanentError('could not sign in to Google');
    };
    const report = await runSweep(world);
    expect(report).toMatchObject({ notOptedIn: [], drifts: [], policiesRead: 0 });
    expect(report.blindSpots).toHaveLength(2);
  });

  it('a dropped project that may not be listed is a blind spot, and is not forgotten', async () => {
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

  it('an account that is not there has no policy to read', async () => {
    const world = await many();
    tagRole(world, { 'google-access': 'nobody@acme-data.iam.gserviceaccount.com' }, 'app-x');
    expect(await runSweep(world)).toMatchObject({ policiesRead: 2, blindSpots: [] });
  });

  it('a refusal on an account that the ledger names is a read that could not be made: its entry stays', async () => {
    const world = await many();
    tagRole(world, {}, 'app-a');
    world.denied.add(readerPolicy);
    await runSweep(world);
    const [report] = await runRepair(world);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(entriesOf(world, roleRef('app-a'))).toHaveLength(1);
    expect(parameterPlaces(world)).not.toContain('us-east-1 /google-access/app-a/default');
  });

  it('an account that was bound and cannot be read at repair time does not pass for repaired', async () => {
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
