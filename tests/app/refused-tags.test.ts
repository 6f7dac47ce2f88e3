import { memberOf } from '../../shared/core/member.ts';
import { deleteRole, type MemoryWorld, setPolicy } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, roleRef, settings, writer } from '../support/settings.ts';
import { readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { entriesOf } from '../support/table.ts';
import {
  bindingsOf,
  bothPlaces,
  createWorld,
  foreignBinding,
  isBound,
  outcomeTypes,
  parameterPlaces,
  tagRole,
} from '../support/world.ts';

describe('a request that cannot be granted', () => {
  it.each([
    [
      'a listing confirmed absent',
      [readerPolicy],
      'does not exist in project acme-data. Create it, or correct the tag.',
    ],
    ['Google does not find', [], 'does not exist or cannot be read.'],
  ])('an account that %s fails permanently, and nothing is published', async (_, reportedAbsent, reason) => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    world.policies.delete(readerPolicy);
    tagRole(world, { 'google-access': reader });
    const [report] = await runReconcile(world, [requestFor('reports', { absent: reportedAbsent })]);
    expect(report?.retry).toBeUndefined();
    expect(outcomeTypes(world)).toEqual(['Failed']);
    expect(world.outcomes[0]?.detail.reason).toContain(reason);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it.each([
    ['is missing', (world: MemoryWorld) => world.policies.delete(writerPolicy)],
    ['may not be edited', (world: MemoryWorld) => world.denied.add(writerPolicy)],
  ])('a tag moved to an account that %s: no region keeps the config of the old one', async (_, change) => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    change(world);
    tagRole(world, { 'google-access': writer });
    await runReconcile(world);
    expect(isBound(world)).toBe(false);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('a tag moved to a missing account: the entry stays while the old account cannot be unbound', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    world.denied.add(readerPolicy);
    world.policies.delete(writerPolicy);
    tagRole(world, { 'google-access': writer });
    await runReconcile(world);
    expect(entriesOf(world).map(({ resource }) => resource)).toEqual([readerPolicy]);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('an account that we may not edit fails permanently, and nothing is published', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    world.denied.add(readerPolicy);
    tagRole(world, { 'google-access': reader });
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeUndefined();
    expect(outcomeTypes(world)).toEqual(['Failed']);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('a config from before stays while its policy cannot be read', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    world.denied.add(readerPolicy);
    await runReconcile(world);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
  });

  it('one member that Google rejects does not keep out other members, and does not delay revocations', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader }, 'app-old');
    await runReconcile(world, [requestFor('app-old')]);
    deleteRole(world, roleRef('app-old'));
    for (const name of ['app-1', 'app-bad', 'app-2', 'app-3'])
      tagRole(world, { 'google-access': reader }, name);
    world.rejected.add(memberOf(settings, roleRef('app-bad')));
    const settled = await runReconcile(
      world,
      ['app-old', 'app-1', 'app-bad', 'app-2', 'app-3'].map((name) => requestFor(name)),
    );
    expect(settled.filter(({ retry }) => retry !== undefined)).toEqual([]);
    expect(bindingsOf(world)[1]?.members).toEqual(
      ['app-1', 'app-2', 'app-3'].map((name) => memberOf(settings, roleRef(name))),
    );
    expect(world.outcomes.find(({ type }) => type === 'Failed')?.detail.role.roleName).toBe('app-bad');
    expect(parameterPlaces(world).filter((place) => place.includes('app-bad'))).toEqual([]);
  });

  it('a full policy: requests that fit are bound, the rest is reported', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    setPolicy(world, readerPolicy, {
      bindings: [
        { role: 'roles/x', members: Array.from({ length: 1499 }, (_, index) => `user:${index}@x.com`) },
      ],
    });
    for (const name of ['app-1', 'app-2']) tagRole(world, { 'google-access': reader }, name);
    await runReconcile(world, [requestFor('app-1'), requestFor('app-2')]);
    expect(outcomeTypes(world).toSorted()).toEqual(['Failed', 'Granted']);
    expect(world.outcomes.find(({ type }) => type === 'Failed')?.detail.reason).toContain(
      "Google's limit of 1500 principals",
    );
  });

  it('a refusal is reported once: a second look without news is silent', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': 'rolebridge@acme-identity.iam.gserviceaccount.com' });
    await runReconcile(world);
    const reported = world.secondLooks[0]?.reported ?? '';
    await runReconcile(world, [requestFor('reports', { pass: 'second', needsRecheck: false, reported })]);
    expect(outcomeTypes(world)).toEqual(['Refused']);
    expect(world.secondLooks).toHaveLength(1);
  });
});
