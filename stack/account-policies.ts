import type { Settings } from '../shared/core/settings.ts';
import { parameterArns, prefixArns } from './parameter-arns.ts';
import { allow, type PolicyStatement, sub } from './statement.ts';

/**
 * What the functions do with roles and parameters, in every AWS account: in the home account as the functions' own roles, in the
 * others as the roles of shared/member, and for people as the viewer.
 */
export const accountStatements = (
  settings: Settings,
): Readonly<Record<'reconcile' | 'sweep' | 'viewer', readonly PolicyStatement[]>> => ({
  reconcile: [
    readRoleTags,
    allow('ListParameters', 'ssm:GetParametersByPath', parameterArns(settings)),
    allow('PublishParameters', ['ssm:PutParameter', 'ssm:DeleteParameter'], parameterArns(settings)),
    // A label on the oldest of 100 versions makes AWS refuse the next one.
    allow(
      'RemoveLabels',
      ['ssm:GetParameterHistory', 'ssm:UnlabelParameterVersion'],
      parameterArns(settings),
    ),
  ],
  sweep: [listRoles, allow('ListParameters', 'ssm:GetParametersByPath', prefixArns(settings))],
  viewer: [
    readRoleTags,
    listRoles,
    allow('ListParameters', 'ssm:GetParametersByPath', [...prefixArns(settings), ...parameterArns(settings)]),
  ],
});

const readRoleTags = allow(
  'ReadRoleTags',
  'iam:GetRole',
  sub('arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*'),
);

/** IAM supports no narrower resource for this. */
const listRoles = allow('ListRoles', 'iam:GetAccountAuthorizationDetails', '*');
