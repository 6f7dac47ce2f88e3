import { PermanentError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import { type MemoryWorld, setPolicy, setRole, unavailable } from '../support/memory.ts';
import { accountId, reader, reports, roleRef, settings } from '../support/settings.ts';
import {
  drifted,
  member,
  places,
  readerPolicy,
  repair,
  run,
  settleAll,
  tag,
  user,
  world,
  writerPolicy,
} from '../support/sweeping.ts';
import { entriesOf, setUsed } from '../support/table.ts';

describe('an incomplete look', () => {
  const fail = (made: MemoryWorld, pattern: RegExp, after = 0) => {
    let seen = 0;
    made.before = (call) => {
      if (!pattern.test(call)) return;
      seen += 1;
      if (seen > after) throw unavailable(call);
    };
  };
  const many = async (): Promise<MemoryWorld> => {
    const made = world();
    for (const roleName of ['app-a', 'app-b', 'reports']) tag(made, reader, roleName);
    await settleAll(made);
    made.pageSize = 1;
    return made;
  };

  it('of the roles: those seen are repaired, the others do not count as gone', async () => {
    const made = await many();
    made.parameters.delete('eu-west-1 /google-access/app-a/default');
    fail(made, /^GetAccountAuthorizationDetails/, 2);
    const report = await run(made);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([`the roles of account ${accountId}`]);
    expect(drifted(made).map(([name]) => name)).toEqual(['app-a']);
  });

  it('of the parameters: none counts as missing, those seen and not asked for are taken away', async () => {
    const made = await many();
    setRole(made, roleRef('app-a'), []);
    setPolicy(made, readerPolicy, {
      bindings: [
        { role: user, members: ['app-b', 'reports'].map((name) => memberOf(settings, roleRef(name))) },
      ],
    });
    fail(made, /^GetParametersByPath/, 2);
    const report = await run(made);
    expect(report.blindSpots).toHaveLength(2);
    expect(
      drifted(made).flatMap(([, ...changes]) => changes.filter((change) => !change.startsWith('unpublish'))),
    ).toEqual([]);
    expect(drifted(made).map(([name]) => name)).toEqual(['app-a']);
  });

  it('of an allow policy: nothing is concluded about that account', async () => {
    const made = await many();
    fail(made, new RegExp(`^getIamPolicy ${readerPolicy}`));
    const report = await run(made);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([`the allow policy of ${reader}`]);
    expect(made.drifts).toEqual([]);
  });

  it('of a project: accounts that tags name are looked at all the same', async () => {
    const made = await many();
    setRole(made, roleRef('app-a'), []);
    fail(made, /^listServiceAccounts/);
    const report = await run(made);
    expect(report.blindSpots).toHaveLength(2);
    expect(drifted(made).map(([name]) => name)).toEqual(['app-a']);
  });

  it('of the table: it goes on, and forgets nothing', async () => {
    const made = await many();
    const before = new Map(made.table);
    fail(made, /^Scan/);
    const report = await run(made, { ...settings, regions: ['us-east-1'] });
    expect(report.blindSpots.map(({ what }) => what)).toEqual([
      'the ledger, and what earlier configurations used',
    ]);
    expect(made.table).toEqual(before);
  });

  it('a refusal on an account that nothing ties to us is no blind spot, but is counted', async () => {
    const made = await many();
    made.denied.add(writerPolicy);
    const report = await run(made);
    expect(report).toMatchObject({ notReadable: 1, notOptedIn: 0, blindSpots: [], drifts: [] });
  });

  it('any other refusal, such as of our own sign-in, is a blind spot and nobody’s choice', async () => {
    const made = await many();
    setRole(made, roleRef('app-a'), []);
    made.before = (call) => {
      if (call.startsWith('getIamPolicy')) throw new PermanentError('could not sign in to Google');
    };
    const report = await run(made);
    expect(report).toMatchObject({ notOptedIn: 0, drifts: [], policiesRead: 0 });
    expect(report.blindSpots).toHaveLength(2);
  });

  it('a dropped project that may not be listed is a blind spot, and is not forgotten', async () => {
    const made = await many();
    setUsed(made, 'project', 'old-data', '2026-11-20T00:00:00Z');
    made.before = (call) => {
      if (call === 'listServiceAccounts old-data')
        throw new PermanentError('no lister role', { because: 'notPermitted' });
    };
    const report = await run(made);
    expect(report.blindSpots.map(({ what }) => what)).toEqual(['the service accounts of project old-data']);
    expect(report.dropped.map(({ name }) => name)).toEqual(['old-data']);
  });

  it('an account that is not there has no policy to read', async () => {
    const made = await many();
    tag(made, 'nobody@acme-data.iam.gserviceaccount.com', 'app-x');
    expect(await run(made)).toMatchObject({ policiesRead: 2, blindSpots: [] });
  });

  it('a refusal on an account that the ledger names is a read that could not be made: its entry stays', async () => {
    const made = await many();
    setRole(made, roleRef('app-a'), []);
    made.denied.add(readerPolicy);
    await run(made);
    const [report] = await repair(made);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(entriesOf(made, roleRef('app-a'))).toHaveLength(1);
    expect(places(made)).not.toContain('us-east-1 /google-access/app-a/default');
  });

  it('an account that was bound and cannot be read at repair time does not pass for repaired', async () => {
    const made = world();
    setRole(made, reports, []);
    setPolicy(made, writerPolicy, { bindings: [{ role: user, members: [member] }] });
    await run(made);
    made.denied.add(writerPolicy);
    const [report] = await repair(made);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    made.denied.clear();
    made.before = () => {
      throw unavailable('everything');
    };
    await expect(run(made)).rejects.toThrow('everything is not available');
  });
});
