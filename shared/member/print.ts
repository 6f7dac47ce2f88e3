import { stringify } from 'yaml';
import { memberTemplate } from './cloudformation.ts';
import type { MemberDefinition } from './definition.ts';
import { stackSetScript } from './stack-set.ts';
import { memberTerraform } from './terraform.ts';

export const memberForms = ['cloudformation', 'stackset', 'terraform'] as const;

export type MemberForm = (typeof memberForms)[number];

/** The definition in the form that the administrators of an account use. */
export const printedMember = (definition: MemberDefinition, form: MemberForm): string => {
  switch (form) {
    case 'cloudformation':
      return `${templateHeading(definition)}${stringify(memberTemplate(definition), yamlOptions)}`;
    case 'stackset':
      return stackSetScript(definition);
    case 'terraform':
      return `${terraformHeading(definition)}${memberTerraform(definition)}`;
  }
};

/** CloudFormation reads YAML 1.1, where a date needs quotes to be a text, and refuses aliases. */
const yamlOptions = { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 } as const;

const templateHeading = ({ stage, homeId }: MemberDefinition): string =>
  `# The part of rolebridge ${stage} (account ${homeId}) in another account. For one account, in us-east-1:
#   aws cloudformation deploy --region us-east-1 --stack-name rolebridge-${stage}-member --capabilities CAPABILITY_NAMED_IAM --template-file FILE
# For all accounts of an organization: rolebridge member --stage ${stage} --print stackset
`;

const terraformHeading = ({ stage, homeId }: MemberDefinition): string =>
  `# The part of rolebridge ${stage} (account ${homeId}) in another account. Apply it with a provider for us-east-1, after
# rolebridge was deployed to account ${homeId}: EventBridge makes the rule's target only if the bus there admits it.

`;
