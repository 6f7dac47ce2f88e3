import { reconcile } from '../../shared/app/reconcile.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { memoryPorts, memorySweepPorts, unavailable } from '../support/memory.ts';
import { request } from '../support/reconciling.ts';
import { now, reader, settings } from '../support/settings.ts';
import {
  bindings,
  foreign,
  member,
  places,
  readerPolicy,
  repair,
  run,
  settleAll,
  tag,
  world,
} from '../support/sweeping.ts';
import { setUsed, usedNames } from '../support/table.ts';

describe('what the file no longer names', () => {
  it('a region is cleared, and then forgotten', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const one: Settings = { ...settings, regions: ['us-east-1'] };
    expect((await run(made, one)).dropped).toEqual([
      { kind: 'region', name: 'eu-west-1', since: now.toISOString(), droppedAt: now.toISOString() },
    ]);
    await repair(made, one);
    expect(places(made)).toEqual(['us-east-1 /google-access/reports/default']);
    expect(bindings(made)[0]?.members).toContain(member);
    // A function that started under the old file may still write for a while.
    expect((await run(made, one)).dropped).toHaveLength(1);
    made.now = new Date(now.getTime() + 61 * 60 * 1000);
    expect((await run(made, one)).dropped).toEqual([]);
    expect(usedNames(made)).not.toContain('eu-west-1');
  });

  it('a first region is given up only when the new one has the record', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const moved: Settings = { ...settings, regions: ['ap-south-1'] };
    await run(made, moved);
    await repair(made, moved);
    expect(places(made)).toEqual(['ap-south-1 /google-access/reports/default']);
  });

  it('a prefix is cleared as long as it is named as a former one', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const renamed: Settings = {
      ...settings,
      parameterPrefix: '/gcp',
      formerParameterPrefixes: ['/google-access'],
    };
    await run(made, renamed);
    await repair(made, renamed);
    expect(places(made)).toEqual(['eu-west-1 /gcp/reports/default', 'us-east-1 /gcp/reports/default']);
    expect(bindings(made)[0]?.members).toContain(member);
  });

  it('a new prefix within the old one is not taken for a role of it', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const nested: Settings = { ...settings, parameterPrefix: '/google-access/v2' };
    // A role of a like name is no part of the new prefix.
    tag(made, reader, 'app-v2');
    await run(made, nested);
    await repair(made, nested);
    expect(places(made)).toContain('us-east-1 /google-access/v2/reports/default');
    expect((await run(made, nested)).drifts.map(({ ref }) => ref.roleName)).not.toContain('v2');
  });

  it('a former prefix is told of until it is cleared; then it may be taken out of the file', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const renamed: Settings = {
      ...settings,
      parameterPrefix: '/gcp',
      formerParameterPrefixes: ['/google-access'],
    };
    expect((await run(made, renamed)).dropped.map(({ name }) => name)).toEqual(['/google-access']);
    await repair(made, renamed);
    expect((await run(made, renamed)).dropped).toEqual([]);
    const done = await run(made, { ...renamed, formerParameterPrefixes: [] });
    expect(done).toMatchObject({ dropped: [], blindSpots: [], drifts: [] });
    expect(usedNames(made)).not.toContain('/google-access');
  });

  it('invariant 4: a project that cannot be listed is a blind spot and stays, even if Google answers NOT_FOUND', async () => {
    const made = world();
    setUsed(made, 'project', 'gone-data');
    made.before = (call) => {
      if (call === 'listServiceAccounts gone-data')
        throw new PermanentError('no such project', { because: 'notFound' });
    };
    const named = { ...settings, google: { ...settings.google, projects: ['gone-data', 'acme-data'] } };
    expect((await run(made, named)).blindSpots).toHaveLength(1);
    const waiting = {
      blindSpots: [
        {
          reason:
            'no such project. If the project is gone permanently: rolebridge forget --project gone-data',
        },
      ],
      dropped: [{ name: 'gone-data' }],
    };
    expect(await run(made)).toMatchObject(waiting);
    made.now = new Date(now.getTime() + 61 * 60 * 1000);
    expect(await run(made)).toMatchObject(waiting);
  });

  it('a project that the file still names by its other name is forgotten under the old one', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    setUsed(made, 'project', '999', '2026-11-20T00:00:00Z');
    const ports = memorySweepPorts(made);
    const serviceAccounts = (project: string) =>
      ports.listings.serviceAccounts(project === '999' ? 'acme-data' : project);
    await sweep(settings, { ...ports, listings: { ...ports.listings, serviceAccounts } });
    expect(usedNames(made)).not.toContain('999');
  });

  it('a table that cannot be written is a blind spot, and keeps no role from its repair', async () => {
    const made = world();
    tag(made, reader);
    setUsed(made, 'region', 'eu-west-3');
    made.before = (call) => {
      if (call.startsWith('PutItem sweep')) throw unavailable(call);
    };
    const report = await run(made);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([
      'what earlier configurations used, for later',
    ]);
    expect(report.drifts).toHaveLength(1);
  });

  it('invariant 9: what was used and dropped between two sweeps is cleared', async () => {
    const made = world();
    tag(made, reader);
    // An event, and no sweep, under a configuration with one region more.
    const more: Settings = { ...settings, regions: ['us-east-1', 'eu-west-1', 'eu-west-3'] };
    await reconcile(more, memoryPorts(made), [request()]);
    expect(places(made)).toContain('eu-west-3 /google-access/reports/default');
    expect((await run(made)).dropped).toMatchObject([{ kind: 'region', name: 'eu-west-3' }]);
    await repair(made);
    expect(places(made)).not.toContain('eu-west-3 /google-access/reports/default');
  });

  it('a project loses all that was given in it', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const google = { ...settings.google, projects: ['other-project'] };
    const other: Settings = { ...settings, google };
    const report = await run(made, other);
    expect(report.dropped.map(({ name }) => name)).toEqual(['acme-data', 'example.com:legacy']);
    await repair(made, other);
    expect(bindings(made)).toEqual([foreign]);
    expect(places(made)).toEqual([]);
    made.now = new Date(now.getTime() + 61 * 60 * 1000);
    expect((await run(made, other)).dropped).toEqual([]);
  });

  it('a project is not forgotten while an account of it cannot be read', async () => {
    const made = world();
    setUsed(made, 'project', 'acme-data');
    const other: Settings = { ...settings, google: { ...settings.google, projects: ['other-project'] } };
    await run(made, other);
    made.now = new Date(now.getTime() + 61 * 60 * 1000);
    made.before = (call) => {
      if (call === `getIamPolicy ${readerPolicy}`) throw unavailable('Google');
    };
    expect((await run(made, other)).dropped.map(({ name }) => name)).toEqual(['acme-data']);
  });
});
