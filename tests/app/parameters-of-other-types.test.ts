import { PermanentError } from '../../shared/core/errors.ts';
import { type MemoryWorld, unavailable } from '../support/memory.ts';
import { places } from '../support/memory-world.ts';
import { callsOf, failing, request, run, tag, told, world } from '../support/reconciling.ts';
import { reader, reports, settings } from '../support/settings.ts';
import { configOf } from '../support/snapshot.ts';
import { repair, run as sweep } from '../support/sweeping.ts';

const name = '/google-access/reports/default';
const first = `us-east-1 ${name}`;
const second = `eu-west-1 ${name}`;
const writes = /^(PutParameter|DeleteParameter)/;
const types = ['StringList', 'SecureString', 'String of aws:ec2:image'];

const granted = async (): Promise<MemoryWorld> => {
  const made = world();
  tag(made, { 'google-access': reader });
  await run(made);
  made.outcomes.length = 0;
  made.calls.length = 0;
  return made;
};
const plant = (made: MemoryWorld, place: string, type: string, value = configOf(reader)): void =>
  void made.parameters.set(place, { value, type, description: 'planted' });
const expectRight = (made: MemoryWorld): void => {
  for (const place of [first, second]) {
    expect(made.parameters.get(place)?.type).toBeUndefined();
    expect(JSON.parse(made.parameters.get(place)?.value ?? '')).toEqual(JSON.parse(configOf(reader)));
  }
};

describe('invariant 3: our parameter is of another type', () => {
  it.each(types)('%s with exactly our text is no config: it is deleted and created again', async (type) => {
    const made = await granted();
    plant(made, first, type);
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expectRight(made);
    expect(told(made).map(([kind]) => kind)).toEqual(['Granted']);
  });

  it.each(types)('%s in a region: the grant’s other regions are written first', async (type) => {
    const made = await granted();
    plant(made, first, type);
    plant(made, second, 'String', 'not a config');
    await run(made);
    expectRight(made);
    expect(callsOf(made, writes)).toEqual([
      `PutParameter ${second}`,
      `PutParameter ${first}`,
      `DeleteParameter ${first}`,
      `PutParameter ${first}`,
    ]);
  });

  it('in every region: one is right again before the next is deleted', async () => {
    const made = await granted();
    plant(made, first, 'SecureString');
    plant(made, second, 'StringList');
    await run(made);
    expectRight(made);
    expect(callsOf(made, writes)).toEqual([
      ...['PutParameter', 'DeleteParameter', 'PutParameter'].map((call) => `${call} ${first}`),
      ...['PutParameter', 'DeleteParameter', 'PutParameter'].map((call) => `${call} ${second}`),
    ]);
  });

  it.each<[string, Error]>([
    ['is not available', unavailable('SSM')],
    ['refuses for good', new PermanentError('no')],
  ])('Parameter Store %s in another region: nothing is deleted', async (_, error) => {
    const made = await granted();
    plant(made, first, 'SecureString');
    made.parameters.delete(second);
    failing(made, /^PutParameter eu-west-1/, error);
    await run(made);
    expect(callsOf(made, /^DeleteParameter/)).toEqual([]);
    expect(made.parameters.get(first)?.type).toBe('SecureString');
    made.before = () => undefined;
    await run(made);
    expectRight(made);
  });

  it.each<[string, Error]>([
    ['is not available', unavailable('SSM')],
    ['refuses for good', new PermanentError('no')],
  ])(
    'Parameter Store %s after the delete: the message comes back, and the next try creates it',
    async (_, error) => {
      const made = await granted();
      plant(made, first, 'SecureString');
      plant(made, second, 'SecureString');
      let puts = 0;
      made.before = (call) => {
        if (call !== `PutParameter ${first}`) return;
        puts += 1;
        if (puts === 2) throw error;
      };
      const [report] = await run(made);
      expect(report?.retry?.message).toContain('was deleted');
      expect(made.parameters.has(first)).toBe(false);
      // The other region keeps what it has until this one is right.
      expect(made.parameters.get(second)?.type).toBe('SecureString');
      expect(callsOf(made, /^DeleteParameter/)).toEqual([`DeleteParameter ${first}`]);
      const [again] = await run(made, [request('reports', { delivery: 'again' })]);
      expect(again?.retry).toBeUndefined();
      expectRight(made);
    },
  );

  it('someone changes its type while we write: the message comes back', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    made.before = (call) => {
      if (call === `PutParameter ${first}`) plant(made, first, 'SecureString');
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toContain('Someone changed the type');
    made.before = () => undefined;
    await run(made);
    expectRight(made);
  });

  it('one grant’s type does not hold up another grant', async () => {
    const made = await granted();
    tag(made, { 'google-access': reader, 'google-access/other': reader });
    plant(made, first, 'SecureString');
    failing(made, /^PutParameter us-east-1 \/google-access\/reports\/default/, unavailable('SSM'));
    await run(made);
    expect(places(made).filter((place) => place.endsWith('/other'))).toHaveLength(2);
  });

  it.each([
    ['SecureString', 'anything'],
    ['StringList', configOf(reader)],
    ['String', 'x'.repeat(4096)],
    ['String', 'x'.repeat(8192)],
    ['StringList', 'a,b'],
  ])('a sweep finds %s, and reconcile repairs it', async (type, value) => {
    const made = await granted();
    await sweep(made);
    expect(made.drifts).toEqual([]);
    plant(made, second, type, value);
    await sweep(made);
    expect(made.drifts.map(({ changes }) => changes)).toEqual([[`publish ${second}`]]);
    await repair(made);
    expectRight(made);
    await sweep(made);
    expect(made.drifts).toEqual([]);
  });
});

describe('invariant 3: a parameter of another type that no tag requests', () => {
  it('is removed if its text looks like a config of ours, and left alone if its text is hidden', async () => {
    const made = world();
    tag(made, {});
    plant(made, first, 'StringList');
    plant(made, second, 'SecureString');
    const { drifts, leftAlone } = await sweep(made, settings);
    expect(drifts.map(({ ref }) => ref)).toEqual([reports]);
    expect(leftAlone).toEqual([{ region: 'eu-west-1', name }]);
    await repair(made);
    expect(places(made)).toEqual([second]);
  });
});
