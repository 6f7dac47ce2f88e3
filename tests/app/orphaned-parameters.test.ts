import { observeFolders, observeRole } from '../../shared/app/observe.ts';
import type { RoleRequest } from '../../shared/app/role-request.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, memoryPorts, setPolicy, unavailable } from '../support/memory.ts';
import { callsOf, failing, places, request, run, tag, told, world } from '../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../support/settings.ts';
import { binding, configOf, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { repair, run as sweep } from '../support/sweeping.ts';
import { setUsed } from '../support/table.ts';

const value = { value: configOf(reader), description: '' };
const stray = (region: string, name: string) => ({ region, name });
const drift = (...orphans: RoleRequest['orphans']) => request('reports', { orphans, needsRecheck: false });
const untagged = () => {
  const made = world();
  tag(made, {});
  for (const region of ['eu-west-2', 'eu-west-3']) setUsed(made, 'region', region, '2026-11-24T08:00:00Z');
  return made;
};

describe('parameters outside the role’s folders, which a drift names', () => {
  it('are taken away where they are ours: of a former region, or deeper down', async () => {
    const made = untagged();
    const strays = [
      stray('eu-west-3', '/google-access/reports/default'),
      stray('us-east-1', '/google-access/reports/deep/er'),
    ];
    for (const { region, name } of strays) made.parameters.set(`${region} ${name}`, value);
    await run(made, [drift(...strays)]);
    expect(places(made)).toEqual([]);
    // No access went with them.
    expect(told(made)).toEqual([]);
  });

  it('are the only ones that are looked at there', async () => {
    const made = untagged();
    const other = 'eu-west-3 /google-access/reports/other';
    made.parameters.set(other, value);
    made.parameters.set('eu-west-3 /google-access/reports/default', value);
    await run(made, [drift(stray('eu-west-3', '/google-access/reports/default'))]);
    expect(places(made)).toEqual([other]);
  });

  it('of one folder are one call', async () => {
    const made = untagged();
    await run(made, [
      drift(
        stray('eu-west-3', '/google-access/reports/a'),
        stray('eu-west-3', '/google-access/reports/b'),
        stray('eu-west-2', '/google-access/reports/a'),
      ),
    ]);
    expect(callsOf(made, /^GetParametersByPath eu-west-[23]/)).toEqual([
      'GetParametersByPath eu-west-3 /google-access/reports',
      'GetParametersByPath eu-west-2 /google-access/reports',
    ]);
  });

  it('in the role’s own folders are looked at with these, once', async () => {
    const made = untagged();
    await run(made, [drift(stray('us-east-1', '/google-access/reports/default'))]);
    expect(callsOf(made, /^GetParametersByPath us-east-1/)).toHaveLength(1);
  });

  it('under a former prefix are taken away as long as the file names it', async () => {
    const former: Settings = { ...settings, formerParameterPrefixes: ['/former'] };
    const place = stray('us-east-1', '/former/reports/default');
    const made = untagged();
    made.parameters.set(`${place.region} ${place.name}`, value);
    await run(made, [drift(place)]);
    expect(places(made)).toEqual(['us-east-1 /former/reports/default']);
    await run(made, [drift(place)], former);
    expect(places(made)).toEqual([]);
  });

  it.each([['/google-access/app-1/default'], ['/elsewhere/reports/default']])(
    'are not even looked at where they are not the role’s: %s',
    async (name) => {
      const made = untagged();
      made.parameters.set(`eu-west-3 ${name}`, value);
      await run(made, [drift(stray('eu-west-3', name))]);
      expect(callsOf(made, /^GetParametersByPath eu-west-3/)).toEqual([]);
      expect(places(made)).toEqual([`eu-west-3 ${name}`]);
    },
  );

  it.each(['us-east-9', 'eu-north-1'])(
    'are not looked for in a region that was never used: %s',
    async (region) => {
      const made = untagged();
      const [report] = await run(made, [drift(stray(region, '/google-access/reports/default'))]);
      expect(report?.retry).toBeUndefined();
      expect(callsOf(made, new RegExp(`^GetParametersByPath ${region}`))).toEqual([]);
    },
  );

  it('that cannot be looked at now bring the message back', async () => {
    const made = untagged();
    failing(made, /^GetParametersByPath eu-west-3/, unavailable('SSM'));
    const [report] = await run(made, [drift(stray('eu-west-3', '/google-access/reports/default'))]);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
  });
});

describe('invariant 7: a role whose name IAM spells otherwise than asked', () => {
  it('has one folder; a folder in another casing is a stray that a drift names', async () => {
    const made = world();
    tag(made, {}, 'Reports');
    const place = stray('eu-west-3', '/google-access/REPORTS/default');
    const ledger = { role: reports, entries: [] };
    const { role } = await observeRole(settings, memoryPorts(made), drift(place), ledger);
    const { folders } = await observeFolders(settings, memoryPorts(made), drift(place));
    expect(role).toMatchObject({ kind: 'present', ref: roleRef('Reports') });
    expect(folders.map(({ region, path }) => `${region} ${path}`)).toEqual([
      'us-east-1 /google-access/reports',
      'eu-west-1 /google-access/reports',
      'eu-west-3 /google-access/REPORTS',
    ]);
  });

  it.each(['Reports', 'REPORTS'])(
    'and is created again as %s: its config stays where it is',
    async (name) => {
      const made = world();
      const using = { ...settings, allow: [{ to: '*', roles: ['*'] }] };
      tag(made, { 'google-access': reader });
      await run(made, [request()], using);
      const before = places(made);
      deleteRole(made, reports);
      tag(made, { 'google-access': reader }, name);
      await run(made, [request(name)], using);
      expect(places(made)).toEqual(before);
      expect(callsOf(made, /^DeleteParameter/)).toEqual([]);
      expect(made.policies.get(readerPolicy)?.policy.bindings).toContainEqual(binding([roleRef(name)]));
    },
  );

  it('what a sweep finds in another casing is removed if it looks like a config of ours, and left alone if not', async () => {
    const made = untagged();
    const [config, note] = ['/google-access/REPORTS/default', '/google-access/Reports/notes'];
    made.parameters.set(`us-east-1 ${config}`, value);
    made.parameters.set(`us-east-1 ${note}`, { value: 'ask Ann', description: '' });
    // No event of the role looks there.
    await run(made);
    expect(places(made)).toHaveLength(2);
    const { drifts, leftAlone } = await sweep(made);
    expect(drifts.map(({ ref, strays }) => [ref, strays])).toEqual([[reports, [stray('us-east-1', config)]]]);
    expect(leftAlone).toEqual([stray('us-east-1', note)]);
    await repair(made);
    expect(places(made)).toEqual([`us-east-1 ${note}`]);
  });
});

describe('the tag moves while we write', () => {
  it('the old target stays in sight, and loses what it was given', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    let isFirst = true;
    made.after = (call) => {
      if (!call.startsWith('PutParameter us-east-1') || !isFirst) return;
      isFirst = false;
      // Somebody else takes tag and record away: nothing but our own memory names the account.
      tag(made, {});
      made.parameters.clear();
    };
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(told(made).map(([type]) => type)).toEqual(['Granted', 'Revoked']);
    expect(made.policies.get(readerPolicy)?.policy.bindings ?? []).toEqual([]);
  });

  it('a role that stands still at last, in the third round, is done', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    let reads = 0;
    made.after = (call) => {
      if (!call.startsWith('GetRole')) return;
      reads += 1;
      // After the first read of the first two rounds.
      if (reads === 1) tag(made, { 'google-access/b': reader });
      if (reads === 3) tag(made, { 'google-access/c': reader });
    };
    const [report] = await run(made);
    expect(reads).toBe(6);
    expect(report?.retry).toBeUndefined();
    expect(places(made)).toEqual([
      'eu-west-1 /google-access/reports/c',
      'us-east-1 /google-access/reports/c',
    ]);
  });

  it('a role that stands still is read once more, and planned once', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    expect(callsOf(made, /^GetRole/)).toHaveLength(2);
    await run(made);
    expect(callsOf(made, /^GetRole/)).toHaveLength(1);
  });

  it('a role that is tagged while its former spelling is cleared is planned again', async () => {
    const made = world();
    tag(made, {}, 'Reports');
    setPolicy(made, writerPolicy, { bindings: [binding([reports])] });
    made.after = (call) => {
      if (call === `setIamPolicy ${writerPolicy}`) tag(made, { 'google-access': reader }, 'Reports');
    };
    const using = { ...settings, allow: [{ to: '*', roles: ['Reports'] }] };
    await run(made, [request('reports', { resources: [writerPolicy] })], using);
    expect(told(made).map(([type]) => type)).toEqual(['Revoked', 'Granted']);
  });

  it('a role that appears under another spelling is planned again', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    made.after = (call) => {
      if (
        call.startsWith('setIamPolicy') &&
        made.roles.get('111122223333/reports')?.ref.roleName === 'reports'
      )
        tag(made, {}, 'Reports');
    };
    await run(made);
    expect(told(made).map(([type]) => type)).toEqual(['Granted', 'Revoked']);
    expect(places(made)).toEqual([]);
  });
});
