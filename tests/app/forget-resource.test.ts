import { sweep } from '../../shared/app/sweep.ts';
import { loadScope } from '../../shared/app/sweep-scope.ts';
import { listedOf } from '../../shared/core/forget.ts';
import type { AllowRule, Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, memorySweepPorts, setPolicy } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reports, settings } from '../support/settings.ts';
import { alice, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { entriesOf, usedNames } from '../support/table.ts';
import { bindingsOf, createWorld, member, tagRole } from '../support/world.ts';

const bucket = 'buckets/acme-in';
const dataset = 'projects/acme-data/datasets/sales';
const granted: Readonly<Record<string, { readonly grant: string; readonly permission: string }>> = {
  [bucket]: { grant: 'roles/storage.objectViewer', permission: 'storage.objects.get' },
  [dataset]: { grant: 'roles/bigquery.dataViewer', permission: 'bigquery.tables.getData' },
};
const accessTo = (resource: string) => `${granted[resource]?.grant} on ${resource}`;

/** Role reports has access to a resource, granted ten minutes ago. */
const used = async (resource: string) => {
  const { grant = '', permission = '' } = granted[resource] ?? {};
  const rule = { grant, on: [resource], roles: ['reports'], clientProject: 'acme-data' } satisfies AllowRule;
  const direct: Settings = { ...settings, allow: [...settings.allow, rule] };
  const world = createWorld();
  world.googleRoles.set(grant, { kind: 'read', permissions: [permission] });
  if (resource === bucket) world.owners.set(bucket, '111');
  setPolicy(world, resource, {});
  tagRole(world, { 'google-access/in': accessTo(resource) });
  await settleAll(world, direct);
  world.now = new Date(world.now.getTime() + 10 * 60 * 1000);
  return { world, direct };
};

const forget = async (world: MemoryWorld, name: string, using: Settings) => {
  const thing = { kind: 'resource', name } as const;
  const { view } = await loadScope(using, memorySweepPorts(world));
  const listed = view === undefined ? '' : listedOf(view, thing).hash;
  return sweep(using, memorySweepPorts(world), {
    answer: { kind: 'forget', thing, listed },
    answeredBy: alice,
  });
};

describe('forget --resource', () => {
  it.each([bucket, dataset])(
    'drops the entries and the sites of %s, which no one can read',
    async (resource) => {
      const { world } = await used(resource);
      world.denied.add(resource);
      tagRole(world, {});
      const { forgotten } = await forget(world, resource, settings);
      expect(forgotten).toMatchObject({
        dropped: [{ role: reports, email: resource }],
        kept: [],
        isOutOfScope: true,
      });
      expect(usedNames(world)).not.toContain(accessTo(resource));
      await runRepair(world);
      expect(entriesOf(world)).toEqual([]);
      expect(world.outcomes.map(({ type, detail }) => [type, detail.target])).toContainEqual([
        'Forgotten',
        { kind: 'direct', googleRole: granted[resource]?.grant, resource },
      ]);
      expect(await runSweep(world)).toMatchObject({ blindSpots: [], dropped: [] });
    },
  );

  it.each([bucket, dataset])(
    'keeps what a tag requests on %s, and what the sweep can read there',
    async (resource) => {
      const { world, direct } = await used(resource);
      await expect(forget(world, resource, direct)).rejects.toThrow('its allow policy can be read');
      world.denied.add(resource);
      await expect(forget(world, resource, direct)).rejects.toThrow(
        `on ${resource}: a tag of the role asks for it`,
      );
      expect(usedNames(world)).toContain(accessTo(resource));
      expect(entriesOf(world)).toHaveLength(1);
    },
  );

  it('lets a bucket that has another owner now be used again, as if for the first time', async () => {
    const { world, direct } = await used(bucket);
    world.owners.set(bucket, '999');
    setPolicy(world, bucket, {});
    expect((await forget(world, bucket, direct)).forgotten).toMatchObject({
      dropped: [],
      kept: [{ email: bucket }],
      isOutOfScope: true,
    });
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: granted[bucket]?.grant, members: [member] }]);
  });
});
