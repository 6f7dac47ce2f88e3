import type { MemberRoleKind } from '../core/stack.ts';
import {
  type MemberDefinition,
  type RoleDefinition,
  type RuleDefinition,
  trustStatement,
} from './definition.ts';

/**
 * The CloudFormation template for an account. It has no transform, because service-managed stack sets take none. Its tags are those
 * of the stack.
 */
export const memberTemplate = ({ stage, homeId, roles, rule }: MemberDefinition): object => ({
  AWSTemplateFormatVersion: '2010-09-09',
  Description: `rolebridge ${stage} - lets rolebridge of account ${homeId} serve this account. Only in us-east-1.`,
  Parameters: {
    OperatorArns: {
      Type: 'CommaDelimitedList',
      Default: '',
      // The pattern must match each of them, and the one empty text if there are none.
      AllowedPattern: `^$|^arn:aws:iam::${homeId}:(role|user)/[a-zA-Z0-9_+=.@*?/-]+$`,
      ConstraintDescription: `must be ARNs of roles or users of account ${homeId}`,
      Description: `ARNs of roles or users of account ${homeId} whose rolebridge commands may read this account (* and ? are wildcards). Empty - no one, and the viewer role is not created.`,
    },
    PermissionsBoundary: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^[a-zA-Z0-9_+=,.@-][a-zA-Z0-9_+=,.@/-]*$',
      ConstraintDescription:
        'must be the name of a managed policy, with its path but without a slash before it',
      Description:
        'Name of a managed policy of this account that limits the roles, with its path, such as platform/boundary. Empty - no boundary.',
    },
  },
  Conditions: {
    HasOperators: { 'Fn::Not': [{ 'Fn::Equals': [{ 'Fn::Join': ['', operators] }, ''] }] },
    HasBoundary: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'PermissionsBoundary' }, ''] }] },
  },
  Resources: {
    ...Object.fromEntries(roles.map((role) => [logicalIds[role.kind], roleResource(role, homeId)])),
    ForwardRule: ruleResource(rule),
  },
});

const operators = { Ref: 'OperatorArns' };

const logicalIds: Readonly<Record<MemberRoleKind, string>> = {
  member: 'MemberRole',
  'member-read': 'MemberReadRole',
  viewer: 'ViewerRole',
  forward: 'ForwardRole',
};

const roleResource = ({ name, path, description, trust, statements }: RoleDefinition, homeId: string) => ({
  Type: 'AWS::IAM::Role',
  ...(trust.kind === 'operators' ? { Condition: 'HasOperators' } : {}),
  Properties: {
    RoleName: name,
    ...(path === '/' ? {} : { Path: path }),
    Description: description,
    PermissionsBoundary: {
      'Fn::If': [
        'HasBoundary',
        {
          'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/${PermissionsBoundary}',
        },
        { Ref: 'AWS::NoValue' },
      ],
    },
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [trustStatement(trust, homeId, operators)],
    },
    Policies: [
      { PolicyName: 'rolebridge', PolicyDocument: { Version: '2012-10-17', Statement: statements } },
    ],
  },
});

const ruleResource = ({ name, description, pattern, bus }: RuleDefinition) => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    Name: name,
    Description: description,
    EventPattern: pattern,
    Targets: [{ Id: 'home', Arn: bus, RoleArn: { 'Fn::GetAtt': ['ForwardRole', 'Arn'] } }],
  },
});
