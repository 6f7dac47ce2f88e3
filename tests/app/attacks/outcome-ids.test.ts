import type { RoleRequest } from '../../../shared/app/role-run.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import type { TagEvent } from '../../../shared/core/role-event.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { advance, createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

const dryRun: Settings = { ...settings, mode: 'dry-run' };

const by = (event: TagEvent, more: Partial<RoleRequest> = {}): RoleRequest => {
  const { keys, ...cause } = event;
  return requestFor('reports', {
    cause,
    events: [event],
    namedKeys: keys.map((one) => one.key),
    ...more,
  });
};

const untagged: TagEvent = {
  eventName: 'UntagRole',
  eventId: 'e-1',
  eventTime: '2026-11-24T11:59:00Z',
  requestedBy: 'bob',
  keys: [{ key }],
};

/** An event of the role that does not name the bare key. */
const other = (id: string): RoleRequest =>
  by({
    eventName: 'TagRole',
    eventId: id,
    eventTime: '2026-11-24T11:59:00Z',
    requestedBy: id,
    keys: [{ key: `${key}/x`, value: 'nonsense' }],
  });

const ofDefault = (world: MemoryWorld) =>
  world.outcomes.splice(0).filter(({ detail }) => detail.grant === 'default');

describe('invariant 5: a planned outcome is not the fact itself', () => {
  it('Revoked by the first look in mode dry-run, and by the second look in mode sync', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, {});
    await runReconcile(world, [by(untagged)], dryRun);
    expect(isBound(world)).toBe(true);
    const planned = ofDefault(world);
    await runReconcile(world, [by(untagged, { pass: 'second', reported: 'nothing', needsRecheck: false })]);
    expect(isBound(world)).toBe(false);
    const real = ofDefault(world);
    expect(planned.map(({ type, detail }) => [type, detail.planned])).toEqual([['Revoked', true]]);
    expect(real.map(({ type, detail }) => [type, detail.planned])).toEqual([['Revoked', undefined]]);
    expect(real[0]?.detail.id).not.toBe(planned[0]?.detail.id);
  });

  it('Granted, for a config that is first only planned, and then published', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, { [key]: reader });
    await runReconcile(world, [other('e-1')], dryRun);
    const planned = ofDefault(world);
    await runReconcile(world, [other('e-2')]);
    const real = ofDefault(world);
    expect([planned, real].map((all) => all.map(({ type }) => type))).toEqual([['Granted'], ['Granted']]);
    expect(real[0]?.detail.id).not.toBe(planned[0]?.detail.id);
  });
});

describe('invariant 5: an audit that drops ids it has seen ends with the true state', () => {
  it('a config that existed, could not be published again, and exists again', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, { [key]: reader });
    await runReconcile(world, [other('e-1')]);
    advance(world, 60 * 60 * 1000);
    world.parameters.clear();
    world.before = (call) => {
      if (call.startsWith('PutParameter')) throw new PermanentError('AccessDenied.');
    };
    await runReconcile(world, [other('e-2')]);
    world.before = () => undefined;
    advance(world, 60 * 60 * 1000);
    await runReconcile(world, [other('e-3')]);
    const all = ofDefault(world);
    expect(all.map(({ type }) => type)).toEqual(['Granted', 'Failed', 'Granted']);
    const seen = new Set<string>();
    const kept = all.filter(({ detail: { id } }) => !seen.has(id) && seen.add(id));
    expect(kept.at(-1)?.type).toBe('Granted');
  });

  it('a tag that is refused, granted, and refused again', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: 'nonsense' });
    await runReconcile(world, [other('e-1')]);
    tagRole(world, { [key]: reader });
    await runReconcile(world, [other('e-2')]);
    tagRole(world, { [key]: 'nonsense' });
    advance(world, 60 * 60 * 1000);
    await runReconcile(world, [other('e-3')]);
    const refused = ofDefault(world).filter(({ type }) => type === 'Refused');
    expect(refused).toHaveLength(2);
    expect(new Set(refused.map(({ detail }) => detail.id)).size).toBe(2);
  });

  it('two values of a tag, each refused for its own reason', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: 'nonsense' });
    await runReconcile(world, [other('e-1')]);
    tagRole(world, { [key]: `${reader} until yesterday` });
    await runReconcile(world, [other('e-2')]);
    const refused = ofDefault(world).filter(({ type }) => type === 'Refused');
    expect(refused).toHaveLength(2);
    expect(refused[0]?.detail.tag).not.toEqual(refused[1]?.detail.tag);
    expect(new Set(refused.map(({ detail }) => detail.id)).size).toBe(2);
  });
});

describe('invariant 5: two facts have two ids', () => {
  const ids = (world: MemoryWorld) => world.outcomes.map(({ detail }) => detail.id);

  it('two tags of one event, one of them named <tagKey>/default', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: 'nonsense', [`${key}/default`]: 'nonsense' });
    await runReconcile(world);
    expect(world.outcomes.map(({ type, detail }) => [type, detail.tag?.key])).toEqual([
      ['Refused', key],
      ['Refused', `${key}/default`],
    ]);
    expect(new Set(ids(world)).size).toBe(2);
  });

  it('two policies that could not be read', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, {});
    const resources = ['one', 'two'].map((name) =>
      serviceAccountResource(`${name}@acme-data.iam.gserviceaccount.com`),
    );
    for (const resource of resources) {
      setPolicy(world, resource, {});
      world.denied.add(resource);
    }
    await runReconcile(world, [
      requestOfDrift({ role: reports, resources, strays: [], released: [], absent: [] }),
    ]);
    expect(world.outcomes.map(({ type }) => type)).toEqual(['Failed', 'Failed']);
    expect(new Set(ids(world)).size).toBe(2);
  });

  it('folders of two regions that could not be listed', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, {});
    world.before = (call) => {
      const [name, region] = call.split(' ');
      if (name === 'GetParametersByPath') throw new PermanentError(`AccessDenied in ${region}.`);
    };
    await runReconcile(world);
    expect(world.outcomes.map(({ type }) => type)).toEqual(['Failed', 'Failed']);
    expect(new Set(ids(world)).size).toBe(2);
  });
});
