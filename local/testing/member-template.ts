const sub = (text: string) => ({ 'Fn::Sub': text.replaceAll('{', '${') });
const busArn = sub('arn:{AWS::Partition}:events:us-east-1:{Home}:event-bus/rolebridge-{Stage}');

const role = (name: string, trust: object, permission: object) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: sub(`rolebridge-{Stage}-${name}`),
    Path: { Ref: 'RolePath' },
    PermissionsBoundary: { 'Fn::If': ['HasBoundary', { Ref: 'Boundary' }, { Ref: 'AWS::NoValue' }] },
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
    Policies: [
      {
        PolicyName: name,
        PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...permission }] },
      },
    ],
  },
});

/** Trusts sessions of some roles of the home account. */
const trusts = (arns: object) => ({
  Effect: 'Allow',
  Principal: { AWS: sub('arn:aws:iam::{Home}:root') },
  Action: 'sts:AssumeRole',
  Condition: { ArnLike: { 'aws:PrincipalArn': arns } },
});

/** The stack of a member account, with the resources, parameters and functions that the product's uses. */
export const memberTemplate = {
  Description: 'A member account',
  Parameters: {
    Home: { Type: 'String', AllowedPattern: '[0-9]{12}', Description: 'The home account' },
    Stage: { Type: 'String', Default: 'prod' },
    RolePath: { Type: 'String', Default: '/' },
    Boundary: { Type: 'String', Default: '' },
    OperatorArns: { Type: 'CommaDelimitedList', Default: '' },
  },
  Conditions: {
    HasBoundary: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Boundary' }, ''] }] },
    HasOperators: {
      'Fn::Not': [{ 'Fn::Equals': [{ 'Fn::Join': [',', { Ref: 'OperatorArns' }] }, ''] }],
    },
  },
  Resources: {
    MemberRole: role('member', trusts(sub('arn:aws:iam::{Home}:role/rolebridge-{Stage}-*')), {
      Action: ['iam:GetRole'],
      Resource: sub('arn:{AWS::Partition}:iam::{AWS::AccountId}:role/*'),
    }),
    ViewerRole: {
      Condition: 'HasOperators',
      ...role('viewer', trusts({ Ref: 'OperatorArns' }), { Action: ['iam:ListRoles'], Resource: '*' }),
    },
    ForwardRole: role(
      'forward',
      { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' },
      { Action: ['events:PutEvents'], Resource: busArn },
    ),
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Name: sub('rolebridge-{Stage}-forward'),
        EventPattern: { source: ['aws.iam'], 'detail-type': ['AWS API Call via CloudTrail'] },
        Targets: [{ Id: 'home', Arn: busArn, RoleArn: { 'Fn::GetAtt': ['ForwardRole', 'Arn'] } }],
      },
    },
  },
  Outputs: {
    MemberRoleArn: { Value: { 'Fn::GetAtt': ['MemberRole', 'Arn'] } },
    ViewerRoleArn: { Condition: 'HasOperators', Value: { 'Fn::GetAtt': ['ViewerRole', 'Arn'] } },
  },
};

/** The home account's part: a bus for the members of an organization, with one rule that feeds a queue. */
export const homeResources = (organizationId: string, queue: string) => ({
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'rolebridge-prod' } },
  BusPolicy: {
    Type: 'AWS::Events::EventBusPolicy',
    Properties: {
      EventBusName: { Ref: 'Bus' },
      StatementId: 'members',
      Statement: {
        Effect: 'Allow',
        Principal: '*',
        Action: 'events:PutEvents',
        Resource: { 'Fn::GetAtt': ['Bus', 'Arn'] },
        Condition: { StringEquals: { 'aws:PrincipalOrgID': organizationId } },
      },
    },
  },
  BusRule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      Name: 'rolebridge-prod-members',
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['aws.iam'] },
      Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': [queue, 'Arn'] } }],
    },
  },
});
