import { LabelParameterVersionCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { reader } from '../support/settings.ts';

/** Someone with ssm:PutParameter below the prefix changes our parameters so that Parameter Store refuses our writes. */

const key = 'google-access';
const name = '/google-access/reports/default';
const regions = ['eu-west-1', 'us-east-1'];
let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud({
    settings: { sweep: { parameterReadsPerSecond: 1000 } },
    ssmRates: { putsPerSecond: 1000, readsPerSecond: 1000 },
  });
  cloud.addServiceAccount(reader);
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  // Every deploy does this.
  await cloud.sweep();
  before = cloud.aws.calls.length;
  right = stored('us-east-1')?.value ?? '';
  expect(right).toContain(reader);
});
afterEach(async () => {
  await cloud.close();
  expect(deniedCalls).toEqual([]);
});
/** Calls made before the test. */
let before = 0;
/** The published config. */
let right = '';

const clientOf = (region: string): SSMClient =>
  new SSMClient({ region, endpoint: cloud.aws.url, credentials: cloud.aws.admin });
/** The functions' writes to Parameter Store since the beginning of the test, refused or not. */
const writes = (): readonly string[] =>
  cloud.aws.calls
    .slice(before)
    .flatMap(({ action, region, principalArn }) =>
      /^ssm:(Put|Delete|Unlabel)/.test(action) && principalArn.includes('rolebridge-')
        ? [`${action.slice(4)} ${region}`]
        : [],
    );
const stored = (region: string) => cloud.aws.ssm.parameters(region).get(name);
const expectRight = (): void => {
  for (const region of regions) {
    expect({ region, type: stored(region)?.type }).toEqual({ region, type: 'String' });
    expect(stored(region)?.value).toBe(right);
  }
  expect(cloud.parameterPlaces()).toEqual(regions.map((region) => `${region} ${name}`));
  expect(cloud.boundTo(reader)).toEqual(['reports']);
};
const plant = (region: string, more: { readonly type?: string; readonly value?: string }): void => {
  const found = stored(region);
  if (found === undefined) throw new Error('nothing is published');
  cloud.aws.ssm.parameters(region).set(name, { ...found, ...more });
};

describe('invariant 3: the next sweep and reconcile repair', () => {
  it.each([
    ['a SecureString', { type: 'SecureString' }],
    ['a StringList with exactly our text', { type: 'StringList' }],
  ])('%s in one region: the other region is written first', async (_, planted) => {
    plant('us-east-1', planted);
    plant('eu-west-1', { value: 'x'.repeat(4096) });
    await cloud.sweep();
    expectRight();
    const made = writes();
    expect(made.indexOf('PutParameter eu-west-1')).toBeLessThan(made.indexOf('DeleteParameter us-east-1'));
    expect(made.filter((write) => write.startsWith('DeleteParameter'))).toEqual([
      'DeleteParameter us-east-1',
    ]);
    expect(cloud.outcomeTypes()).not.toContain('Revoked');
    // After that, nothing is left to do.
    before = cloud.aws.calls.length;
    await cloud.sweep();
    expect(writes()).toEqual([]);
  });

  it('a SecureString in each region: the first is correct again before the second is deleted', async () => {
    for (const region of regions) plant(region, { type: 'SecureString' });
    await cloud.sweep();
    expectRight();
    const deletes = writes().filter((write) => write.startsWith('DeleteParameter'));
    expect(deletes.toSorted()).toEqual(regions.map((region) => `DeleteParameter ${region}`));
    const [one = '', other = ''] = deletes;
    const created = writes().lastIndexOf(one.replace('Delete', 'Put'));
    expect(created).toBeLessThan(writes().indexOf(other));
  });

  it('a type that changes between the listing and the write', async () => {
    plant('us-east-1', { value: 'planted' });
    let isPlanted = false;
    cloud.aws.intercept(({ action, region }) => {
      if (action === 'ssm:PutParameter' && region === 'us-east-1' && !isPlanted) {
        isPlanted = true;
        plant('us-east-1', { type: 'SecureString' });
      }
      return undefined;
    });
    await cloud.sweep();
    expect(isPlanted).toBe(true);
    expectRight();
  });

  it('an advanced parameter of 8 KB', async () => {
    await clientOf('eu-west-1').send(
      new PutParameterCommand({ Name: name, Value: 'x'.repeat(8192), Tier: 'Advanced', Overwrite: true }),
    );
    await cloud.sweep();
    expectRight();
    expect(stored('eu-west-1')?.tier).toBe('Advanced');
  });

  it('a label on the oldest of 100 versions', async () => {
    const client = clientOf('us-east-1');
    const overwrite = new PutParameterCommand({ Name: name, Value: 'planted', Overwrite: true });
    while ((stored('us-east-1')?.version ?? 0) < 100) await client.send(overwrite);
    await client.send(
      new LabelParameterVersionCommand({ Name: name, ParameterVersion: 1, Labels: ['prod', 'blue'] }),
    );
    await expect(client.send(overwrite)).rejects.toMatchObject({ name: 'ParameterMaxVersionLimitExceeded' });
    await cloud.sweep();
    expectRight();
    expect(writes().filter((write) => write.startsWith('Unlabel'))).toEqual([
      'UnlabelParameterVersion us-east-1',
    ]);
  });
});
