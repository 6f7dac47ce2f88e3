import type { Instance } from '../../shared/doctor/ports.ts';
import { checkMetadata, checkSharing, checkUse, nodePolicyOf } from '../../shared/doctor/usage-checks.ts';

describe('the workloads that use a role', () => {
  it('none is possible', () => {
    expect(checkUse('r', { services: [], others: [] }, [])).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('aws iam update-assume-role-policy --role-name r'),
    });
  });
  it('instances, by their profile', () => {
    expect(checkUse('r', { services: ['EC2'], others: [] }, ['p'])).toEqual({
      status: 'ok',
      message: 'It may be used by EC2 (instance profile p).',
    });
  });
  it('fails without an instance profile, or warns if others can use the role', () => {
    const fix =
      'Create one: aws iam create-instance-profile --instance-profile-name r\n' +
      'Then: aws iam add-role-to-instance-profile --instance-profile-name r --role-name r';
    const message = 'Role r trusts EC2, but no instance profile holds it, so no instance can run as it.';
    expect(checkUse('r', { services: ['EC2'], others: [] }, [])).toEqual({ status: 'failed', message, fix });
    expect(checkUse('r', { services: ['EC2', 'ECS'], others: [] }, [])).toEqual({
      status: 'warning',
      message,
      fix,
    });
    expect(checkUse('r', { services: ['EC2'], others: ['x'] }, []).status).toBe('warning');
  });
  it('notes where libraries do not find credentials by themselves', () => {
    expect(checkUse('r', { services: ['ECS', 'EKS', 'Lambda'], others: ['x'] }, [])).toEqual({
      status: 'ok',
      message: 'It may be used by ECS, EKS, Lambda and x.',
      note: expect.stringMatching(
        /^On ECS, .*task.*rolebridge credentials serve.*\nOn EKS, .*pod.*rolebridge credentials serve.*docs\/use\/README\.md$/,
      ),
    });
    expect(checkUse('r', { services: ['Lambda'], others: [] }, [])).toEqual({
      status: 'ok',
      message: 'It may be used by Lambda.',
    });
  });
});

it.each([
  ['AmazonEKSWorkerNodePolicy', 'every pod'],
  ['AmazonEKSWorkerNodeMinimalPolicy', 'every pod'],
  ['AmazonEC2ContainerServiceforEC2Role', 'every task'],
])('the role of a node (%s) is shared by %s', (policy, who) => {
  expect(nodePolicyOf(['AmazonSSMManagedInstanceCore', policy])).toBe(policy);
  expect(checkSharing('r', [policy])).toMatchObject({
    status: 'warning',
    message: expect.stringContaining(who),
  });
});
it('any other role is not', () => {
  expect(checkSharing('r', ['ReadOnlyAccess'])).toEqual({
    status: 'ok',
    message: 'It does not belong to a container node.',
  });
});

describe('the metadata service', () => {
  const instance = (fields: Partial<Instance> = {}): Instance => ({
    id: 'i-1',
    region: 'eu-west-1',
    hasMetadata: true,
    hopLimit: 2,
    tagKeys: ['Name'],
    ...fields,
  });
  it('is reached', () => {
    expect(checkMetadata([], [])).toEqual({ status: 'ok', message: 'No instance runs as it.' });
    expect(checkMetadata([instance()], [])).toEqual({
      status: 'ok',
      message: '1 instance can reach the metadata service.',
    });
  });
  it('notes a hop limit of 1, which is right for nodes whose pods have roles of their own', () => {
    const note = 'With a hop limit of 1, a container on the instance cannot reach it.';
    expect(checkMetadata([instance({ hopLimit: 1 })], [])).toMatchObject({ status: 'ok', note });
    expect(
      checkMetadata(
        [instance({ hopLimit: 1, tagKeys: ['eks:cluster-name'] })],
        ['AmazonEKSWorkerNodePolicy'],
      ),
    ).toMatchObject({ status: 'ok', note });
  });
  it.each(['eks:cluster-name', 'kubernetes.io/cluster/acme', 'AmazonECSManaged'])(
    'warns of a hop limit of 1 where containers run (%s)',
    (tagKey) => {
      expect(checkMetadata([instance({ hopLimit: 1, tagKeys: [tagKey] })], [])).toEqual({
        status: 'warning',
        message:
          'i-1 (eu-west-1) run containers with a hop limit of 1, so the containers cannot reach the metadata service.',
        fix: 'aws ec2 modify-instance-metadata-options --instance-id i-1 --region eu-west-1 --http-put-response-hop-limit 2',
      });
    },
  );
  it('is disabled: prints a command for each instance, at most five', () => {
    const many = Array.from({ length: 7 }, (_, index) => instance({ id: `i-${index}`, hasMetadata: false }));
    const finding = checkMetadata([instance(), ...many], []);
    expect(finding).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('and 2 more have no metadata service'),
    });
    expect(finding.status === 'failed' && finding.fix.split('\n')).toHaveLength(5);
    expect(finding.status === 'failed' && finding.fix).toContain(
      '--instance-id i-0 --region eu-west-1 --http-endpoint enabled --http-tokens required',
    );
  });
});
