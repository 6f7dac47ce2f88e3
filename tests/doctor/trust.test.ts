import { parseTrust } from '../../shared/doctor/trust.ts';

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
  it('trusts no one if it denies or cannot be read', () => {
    const noOne = { services: [], others: [] };
    expect(trustOf([statement({ Service: 'ec2.amazonaws.com' }, 'Deny'), 'odd'])).toEqual(noOne);
    expect([parseTrust('no json'), parseTrust('{}'), trustOf(statement({ AWS: 3 }))]).toEqual([
      noOne,
      noOne,
      noOne,
    ]);
  });
});
