import { type Cloud, startCloud } from '../support/cloud.ts';
import { reader, writer } from '../support/settings.ts';
import { configOf } from '../support/snapshot.ts';

const key = 'google-access';
const regions = ['us-east-1', 'eu-west-1'];

let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud({ settings: { sweep: { parameterReadsPerSecond: 1000 } } });
  for (const account of [reader, writer]) cloud.addServiceAccount(account);
});
afterEach(() => cloud.close());

/** Runs the bundles: in upsert-only, any failure is reported as what it is. */
describe('invariant 5: mode upsert-only, and something fails', () => {
  beforeEach(() => cloud.reconfigure({ mode: 'upsert-only' }));

  it('an account whose owner has not opted in: Failed, not Granted', async () => {
    cloud.optIn(writer, false);
    await cloud.createRole('reports', { [key]: writer });
    await cloud.settled();
    expect(cloud.outcomeTypes()).toEqual(['Failed']);
    expect(cloud.boundTo(writer)).toEqual([]);
    expect(cloud.parameterPlaces()).toEqual([]);
  });

  it('a tag that moves to such an account: Failed, and the old binding and its config stay', async () => {
    await cloud.createRole('reports', { [key]: reader });
    await cloud.settled();
    const places = cloud.parameterPlaces();
    cloud.optIn(writer, false);
    await cloud.tag('reports', { [key]: writer });
    await cloud.settled();
    expect(cloud.outcomeTypes()).toEqual(['Granted', 'Failed']);
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.parameterPlaces()).toEqual(places);
    for (const region of regions)
      expect(cloud.aws.ssm.parameters(region).get('/google-access/reports/default')?.value).toContain(reader);
  });

  it('a config that one region refuses: Granted, with the part that failed', async () => {
    cloud.aws.intercept(({ action, region }) =>
      action === 'ssm:PutParameter' && region === 'eu-west-1'
        ? { kind: 'error', status: 400, code: 'AccessDeniedException', message: 'no' }
        : undefined,
    );
    await cloud.createRole('reports', { [key]: reader });
    await cloud.settled();
    expect(cloud.details('Granted')).toMatchObject([{ failed: [{ part: 'config', region: 'eu-west-1' }] }]);
    expect(cloud.boundTo(reader)).toEqual(['reports']);
  });
});

/** Runs the bundles, and exceeds EventBridge's own limit. */
describe('invariant 9: what was planned for one role', () => {
  it('does not keep the sweep from the roles that follow it in the alphabet', async () => {
    await cloud.createRole('app-a', {});
    await cloud.createRole('app-z', { [key]: reader });
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual(['app-z']);
    const planted = Array.from(
      { length: 400 },
      (_, index) => `/google-access/APP-A/${'x'.repeat(800)}${index}`,
    );
    const parameters = cloud.aws.ssm.parameters('us-east-1');
    for (const name of planted)
      parameters.set(name, { name, value: configOf(reader), description: '', version: 1 });
    cloud.aws.bus.deliveryOf = ({ source }) => (source === 'aws.iam' ? 'lose' : 'deliver');
    await cloud.untag('app-z', key);
    await cloud.sweep();
    expect(cloud.boundTo(reader)).toEqual([]);
    const drift = cloud.details('Drift Detected').find((one) => JSON.stringify(one).includes('"app-a"'));
    expect(drift).toMatchObject({ cut: expect.arrayContaining(['strays']) });
  });
});
