import type { Instance } from '../../shared/doctor/ports.ts';
import {
  checkMetadata,
  checkSharing,
  checkUse,
  nodePolicyOf,
  parseTrust,
} from '../../shared/doctor/usage-checks.ts';

const statement = (principal: unknown, effect = 'Allow') => ({ Effect: effect, Principal: principal });
const trustOf = (Statement: unknown) => parseTrust(JSON.stringify({ Statement }));
const eks =
  'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71';

describe('a trust policy', () => {
  it('names services, one or several, once each', () => {
    expect(
      trustOf([
        statement({ Service: ['ec2.amazonaws.com', 'lambda.amazonaws.com'] }),
        statement({ Service: 'ecs-tasks.amazonaws.com' }),
        statement({ Service: 'pods.eks.amazonaws.com' }),
        statement({ Federated: eks }),
      ]),
    ).toEqual({ services: ['EC2', 'Lambda', 'ECS', 'EKS'], others: [] });
  });
  it('names others', () => {
    const other = 'arn:aws:iam::111122223333:root';
    expect(trustOf(statement({ AWS: [other], Service: 'glue.amazonaws.com' })).others).toEqual([
      other,
      'glue.amazonaws.com',
    ]);
    expect(trustOf(statement('*')).others).toEqual(['*']);
  });
  it('that denies, or cannot be read, lets nobody', () => {
    const nobody = { services: [], others: [] };
    expect(trustOf([statement({ Service: 'ec2.amazonaws.com' }, 'Deny'), 'odd'])).toEqual(nobody);
    expect([parseTrust('no json'), parseTrust('{}'), trustOf(statement({ AWS: 3 }))]).toEqual([
      nobody,
      nobody,
      nobody,
    ]);
  });
});

describe('who uses a role', () => {
  it('nobody can', () => {
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
  it('no instance without a profile; not so grave where others use it', () => {
    const fix =
      'Make one: aws iam create-instance-profile --instance-profile-name r\n' +
      'Then: aws iam add-role-to-instance-profile --instance-profile-name r --role-name r';
    const message = 'Role r trusts EC2, and no instance profile holds it: no instance can run as it.';
    expect(checkUse('r', { services: ['EC2'], others: [] }, [])).toEqual({ status: 'failed', message, fix });
    expect(checkUse('r', { services: ['EC2', 'ECS'], others: [] }, [])).toEqual({
      status: 'warning',
      message,
      fix,
    });
    expect(checkUse('r', { services: ['EC2'], others: ['x'] }, []).status).toBe('warning');
  });
  it('where the library does not find credentials by itself: a note', () => {
    expect(checkUse('r', { services: ['ECS', 'EKS', 'Lambda'], others: ['x'] }, [])).toEqual({
      status: 'ok',
      message: 'It may be used by ECS, EKS, Lambda and x.',
      note: expect.stringMatching(/^On ECS .*AWS_SESSION_TOKEN.*\nOn EKS .*supplier/),
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
    message: 'It is no role of a container node.',
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
      message: 'With 1 instance, all reach the metadata service.',
    });
  });
  it('a hop limit of 1 is usual, and right for nodes whose pods have roles of their own', () => {
    const note = 'With a hop limit of 1 a container on the instance does not reach it.';
    expect(checkMetadata([instance({ hopLimit: 1 })], [])).toMatchObject({ status: 'ok', note });
    expect(
      checkMetadata(
        [instance({ hopLimit: 1, tagKeys: ['eks:cluster-name'] })],
        ['AmazonEKSWorkerNodePolicy'],
      ),
    ).toMatchObject({ status: 'ok', note });
  });
  it.each(['eks:cluster-name', 'kubernetes.io/cluster/acme', 'AmazonECSManaged'])(
    'but not where containers run (%s)',
    (tagKey) => {
      expect(checkMetadata([instance({ hopLimit: 1, tagKeys: [tagKey] })], [])).toEqual({
        status: 'warning',
        message:
          'i-1 (eu-west-1) run containers, and their hop limit is 1: a container does not reach the metadata service.',
        fix: 'aws ec2 modify-instance-metadata-options --instance-id i-1 --region eu-west-1 --http-put-response-hop-limit 2',
      });
    },
  );
  it('is off: a command for each, five at most', () => {
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
