/** Checks documents of rare states against the schema that docs/commands.schema.json is made from. */
import { forecastDocument } from '../../cli/commands/plan/document.ts';
import { accessDocument } from '../../cli/commands/roles/document.ts';
import { documentErrors } from '../../scripts/document-schema.ts';
import { plan } from '../../shared/app/plan.ts';
import { survey } from '../../shared/app/survey.ts';
import { listAccess } from '../../shared/core/access.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, memorySweepPorts, setPolicy, setRole } from '../support/memory.ts';
import { reports, settings } from '../support/settings.ts';
import { settleAll } from '../support/sweeping.ts';
import { setEntries, setKnown } from '../support/table.ts';
import { createWorld } from '../support/world.ts';

const viewer = 'roles/storage.objectViewer';
const bucket = 'buckets/acme-in';
const direct: Settings = {
  ...settings,
  allow: [{ grant: viewer, on: [bucket], roles: ['reports'], clientProject: 'acme-data' }],
};
const tags = (value: string) => [{ key: 'google-access/in', value }];
const worldWith = (value: string): MemoryWorld => {
  const world = createWorld();
  setRole(world, reports, tags(value));
  setKnown(world);
  world.googleRoles.set(viewer, { kind: 'read', permissions: ['storage.objects.get'] });
  world.owners.set(bucket, '111');
  setPolicy(world, bucket, {});
  return world;
};

describe('plan', () => {
  const planned = async (world: MemoryWorld) => {
    const document = { version: 1, ...forecastDocument(await plan(direct, memorySweepPorts(world), {})) };
    expect(documentErrors('plan', JSON.parse(JSON.stringify(document)))).toEqual([]);
    return document.roles.flatMap(({ changes }) => changes);
  };

  it('names the target of each change for a grant on a resource', async () => {
    const world = worldWith(`${viewer} on ${bucket}`);
    expect(await planned(world)).toEqual(
      expect.arrayContaining(
        ['bind', 'publish'].map((kind) =>
          expect.objectContaining({ kind, target: `${viewer} on ${bucket}` }),
        ),
      ),
    );
    await settleAll(world, direct);
    expect(await planned(world)).toEqual([]);
    setRole(world, reports, []);
    expect(await planned(world)).toContainEqual(
      expect.objectContaining({ kind: 'unbind', target: `${viewer} on ${bucket}` }),
    );
  });

  it('names the target of an entry that the ledger lacks', async () => {
    const world = worldWith(`${viewer} on ${bucket}`);
    await settleAll(world, direct);
    setEntries(world, []);
    expect((await planned(world)).map(({ kind }) => kind)).toContain('list');
  });

  it('names the reason of a grant that may not be bound now', async () => {
    const world = worldWith(`${viewer} on ${bucket}`);
    world.googleRoles.clear();
    world.denied.add(bucket);
    const document = forecastDocument(await plan(direct, memorySweepPorts(world), {}));
    expect(document.roles.flatMap(({ grants }) => grants)).toMatchObject([
      { blocked: { reason: expect.any(String) } },
    ]);
    await planned(world);
  });
});

it('roles: a tag without a value is a refused request without a target', async () => {
  const found = await survey(settings, memorySweepPorts(worldWith('')));
  const roles = listAccess(settings, found.seen, found.now);
  expect(roles).toMatchObject([{ state: 'refused', target: '' }]);
  const document = {
    version: 1,
    roles: roles.map(accessDocument),
    missing: [],
    blindSpots: [],
    notReadable: [],
  };
  expect(documentErrors('roles', document)).toEqual([]);
});

it.each([{}, { unproven: 'Google did not answer.' }])('wait: a grant on a resource: %j', (more) => {
  const grants = [{ name: 'in', target: `${viewer} on ${bucket}`, ...more }];
  const document = {
    version: 1,
    role: reports,
    isDone: true,
    isExchanged: true,
    seconds: 1,
    grants,
    missing: [],
  };
  expect(documentErrors('wait', document)).toEqual([]);
});
