import { PermanentError } from '../../shared/core/errors.ts';
import { type MemoryWorld, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, reports, settings } from '../support/settings.ts';
import { configOf } from '../support/snapshot.ts';
import { runRepair, runSweep } from '../support/sweeping.ts';
import {
  createWorld,
  failCalls,
  parameterPlaces,
  tagRole,
  takeCalls,
  takeReports,
} from '../support/world.ts';

const name = '/google-access/reports/default';
const first = `us-east-1 ${name}`;
const second = `eu-west-1 ${name}`;
const parameterWrites = /^(PutParameter|DeleteParameter)/;
const types = ['StringList', 'SecureString', 'String of aws:ec2:image'];

const granted = async (): Promise<MemoryWorld> => {
  const world = createWorld();
  tagRole(world, { 'google-access': reader });
  await runReconcile(world);
  world.outcomes.length = 0;
  world.calls.length = 0;
  return world;
};
const plant = (world: MemoryWorld, place: string, type: string, value = configOf(reader)): void =>
  void world.parameters.set(place, { value, type, description: 'planted' });
const expectRight = (world: MemoryWorld): void => {
  for (const place of [first, second]) {
    expect(world.parameters.get(place)?.type).toBeUndefined();
    expect(JSON.parse(world.parameters.get(place)?.value ?? '')).toEqual(JSON.parse(configOf(reader)));
  }
};

describe('invariant 3: our parameter is of another type', () => {
  it.each(types)(
    '%s with exactly our text is not a config: it is deleted and created again',
    async (type) => {
      const world = await granted();
      plant(world, first, type);
      const [report] = await runReconcile(world);
      expect(report?.retry).toBeUndefined();
      expectRight(world);
      expect(takeReports(world).map(([kind]) => kind)).toEqual(['Granted']);
    },
  );

  it.each(types)('%s in a region: the grant’s other regions are written first', async (type) => {
    const world = await granted();
    plant(world, first, type);
    plant(world, second, 'String', 'not a config');
    await runReconcile(world);
    expectRight(world);
    expect(takeCalls(world, parameterWrites)).toEqual([
      `PutParameter ${second}`,
      `PutParameter ${first}`,
      `DeleteParameter ${first}`,
      `PutParameter ${first}`,
    ]);
  });

  it('in every region: one is correct again before the next is deleted', async () => {
    const world = await granted();
    plant(world, first, 'SecureString');
    plant(world, second, 'StringList');
    await runReconcile(world);
    expectRight(world);
    expect(takeCalls(world, parameterWrites)).toEqual([
      ...['PutParameter', 'DeleteParameter', 'PutParameter'].map((call) => `${call} ${first}`),
      ...['PutParameter', 'DeleteParameter', 'PutParameter'].map((call) => `${call} ${second}`),
    ]);
  });

  it.each<[string, Error]>([
    ['is not available', unavailable('SSM')],
    ['refuses permanently', new PermanentError('no')],
  ])('Parameter Store %s in another region: nothing is deleted', async (_, error) => {
    const world = await granted();
    plant(world, first, 'SecureString');
    world.parameters.delete(second);
    failCalls(world, /^PutParameter eu-west-1/, error);
    await runReconcile(world);
    expect(takeCalls(world, /^DeleteParameter/)).toEqual([]);
    expect(world.parameters.get(first)?.type).toBe('SecureString');
    world.before = () => undefined;
    await runReconcile(world);
    expectRight(world);
  });

  it.each<[string, Error]>([
    ['is not available', unavailable('SSM')],
    ['refuses permanently', new PermanentError('no')],
  ])(
    'Parameter Store %s after the delete: the message is retried, and the next try creates it',
    async (_, error) => {
      const world = await granted();
      plant(world, first, 'SecureString');
      plant(world, second, 'SecureString');
      let puts = 0;
      world.before = (call) => {
        if (call !== `PutParameter ${first}`) return;
        puts += 1;
        if (puts === 2) throw error;
      };
      const [report] = await runReconcile(world);
      expect(report?.retry?.message).toContain('was deleted');
      expect(world.parameters.has(first)).toBe(false);
      // The other region keeps what it has until this one is correct.
      expect(world.parameters.get(second)?.type).toBe('SecureString');
      expect(takeCalls(world, /^DeleteParameter/)).toEqual([`DeleteParameter ${first}`]);
      const [again] = await runReconcile(world, [requestFor('reports', { delivery: 'again' })]);
      expect(again?.retry).toBeUndefined();
      expectRight(world);
    },
  );

  it('someone changes its type while we write: the message is retried', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    world.before = (call) => {
      if (call === `PutParameter ${first}`) plant(world, first, 'SecureString');
    };
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toContain('Someone changed the type');
    world.before = () => undefined;
    await runReconcile(world);
    expectRight(world);
  });

  it('one grant’s type does not affect another grant', async () => {
    const world = await granted();
    tagRole(world, { 'google-access': reader, 'google-access/other': reader });
    plant(world, first, 'SecureString');
    failCalls(world, /^PutParameter us-east-1 \/google-access\/reports\/default/, unavailable('SSM'));
    await runReconcile(world);
    expect(parameterPlaces(world).filter((place) => place.endsWith('/other'))).toHaveLength(2);
  });

  it.each([
    ['SecureString', 'anything'],
    ['StringList', configOf(reader)],
    ['String', 'x'.repeat(4096)],
    ['String', 'x'.repeat(8192)],
    ['StringList', 'a,b'],
  ])('a sweep finds %s, and reconcile repairs it', async (type, value) => {
    const world = await granted();
    await runSweep(world);
    expect(world.drifts).toEqual([]);
    plant(world, second, type, value);
    await runSweep(world);
    expect(world.drifts.map(({ changes }) => changes)).toEqual([[`publish ${second}`]]);
    await runRepair(world);
    expectRight(world);
    await runSweep(world);
    expect(world.drifts).toEqual([]);
  });
});

describe('invariant 3: a parameter of another type that no tag requests', () => {
  it('is removed if its text looks like a config of ours, and left alone if its text is hidden', async () => {
    const world = createWorld();
    tagRole(world, {});
    plant(world, first, 'StringList');
    plant(world, second, 'SecureString');
    const { drifts, leftAlone } = await runSweep(world, settings);
    expect(drifts.map(({ ref }) => ref)).toEqual([reports]);
    expect(leftAlone).toEqual([{ region: 'eu-west-1', name }]);
    await runRepair(world);
    expect(parameterPlaces(world)).toEqual([second]);
  });
});
