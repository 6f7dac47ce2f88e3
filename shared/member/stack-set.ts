import { stackRegion } from '../core/stack.ts';
import type { MemberDefinition } from './definition.ts';

/**
 * The commands that bring the template to every account of an organizational unit, for an administrator to review and run in the
 * management account. Percentages, because AWS's default is one account after the other, which stops at the first failure.
 */
export const stackSetScript = ({ stage, homeId, tags }: MemberDefinition): string => {
  const name = `rolebridge-${stage}-member`;
  const file = `${name}.yml`;
  // rolebridge.yml admits no quotes in them (shared/config/deploy-schema.ts).
  const keys = Object.entries(tags);
  const stackSetTags =
    keys.length === 0
      ? ''
      : ` \\\n  --tags ${keys.map(([key, value]) => `'Key=${key},Value=${value}'`).join(' ')}`;
  const deployTags =
    keys.length === 0 ? '' : ` \\\n#   --tags ${keys.map(([key, value]) => `'${key}=${value}'`).join(' ')}`;
  return `#!/bin/sh
# rolebridge member --print stackset: brings the roles and the rule of stage ${stage} to all accounts of organizational units.
# Run it with credentials of the organization's management account, where trusted access for StackSets must be enabled:
#   aws cloudformation activate-organizations-access
# First deploy rolebridge to account ${homeId}: EventBridge makes the rule's target only if the bus there admits it.
# Write the template beside this script first:
#   rolebridge member --stage ${stage} --print cloudformation > ${file}
set -eu
: "\${OU:?Set OU to the ids of organizational units, such as OU=ou-ab12-11111111 (several: separated by commas)}"

# To let people read these accounts with their own commands, add
#   --parameters 'ParameterKey=OperatorArns,ParameterValue=arn:aws:iam::${homeId}:role/NAME'
# When an account leaves the organizational units, AWS deletes its stack.
aws cloudformation create-stack-set --region ${stackRegion} --stack-set-name ${name} \\
  --template-body file://${file} --capabilities CAPABILITY_NAMED_IAM \\
  --permission-model SERVICE_MANAGED --managed-execution Active=true \\
  --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false${stackSetTags}

# Only ${stackRegion}: IAM's events appear there alone. Account ${homeId} has the whole stack already.
aws cloudformation create-stack-instances --region ${stackRegion} --stack-set-name ${name} \\
  --deployment-targets "OrganizationalUnitIds=$OU,AccountFilterType=DIFFERENCE,Accounts=${homeId}" \\
  --regions ${stackRegion} --operation-preferences \\
  MaxConcurrentPercentage=25,FailureTolerancePercentage=25,ConcurrencyMode=SOFT_FAILURE_TOLERANCE

# Stack sets never deploy to the management account itself. If its roles use rolebridge, give it a stack of its own:
# aws cloudformation deploy --region ${stackRegion} --stack-name ${name} \\
#   --template-file ${file} --capabilities CAPABILITY_NAMED_IAM${deployTags}

# After a new version, or a change of rolebridge.yml, write the template again and update every account:
# aws cloudformation update-stack-set --region ${stackRegion} --stack-set-name ${name} \\
#   --template-body file://${file} --capabilities CAPABILITY_NAMED_IAM --operation-preferences \\
#   MaxConcurrentPercentage=25,FailureTolerancePercentage=25,ConcurrencyMode=SOFT_FAILURE_TOLERANCE
`;
};
