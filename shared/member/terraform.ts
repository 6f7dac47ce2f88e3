import type { PolicyStatement, TemplateText } from '../../stack/statement.ts';
import { type MemberDefinition, type RoleDefinition, trustStatement } from './definition.ts';
import { accountPlaceholder, expression, type HclBlock, type HclValue, hclText, json } from './hcl.ts';

/** The definition as Terraform configuration, for one account. */
export const memberTerraform = (definition: MemberDefinition): string =>
  hclText([
    {
      header: 'terraform',
      attributes: {},
      blocks: [
        {
          header: 'required_providers',
          attributes: { aws: { source: 'hashicorp/aws', version: '>= 5.0' } },
        },
      ],
    },
    ...variables(definition),
    { header: 'data "aws_caller_identity" "current"', attributes: {} },
    ...definition.roles.flatMap((role) => roleBlocks(role, definition.homeId)),
    ...ruleBlocks(definition),
  ]);

const variables = ({ homeId, tags }: MemberDefinition): readonly HclBlock[] => [
  {
    header: 'variable "operator_arns"',
    attributes: {
      description: `ARNs of roles or users of account ${homeId} whose rolebridge commands may read this account (* and ? are wildcards). If there are none, the viewer role is not created.`,
      type: expression('list(string)'),
      default: [],
    },
    blocks: [
      {
        header: 'validation',
        attributes: {
          condition: expression(
            `alltrue([for arn in var.operator_arns : can(regex("^arn:aws:iam::${homeId}:(role|user)/[a-zA-Z0-9_+=.@*?/-]+$", arn))])`,
          ),
          error_message: `Each must be the ARN of a role or user of account ${homeId}.`,
        },
      },
    ],
  },
  {
    header: 'variable "permissions_boundary"',
    attributes: {
      description:
        'Name of a managed policy of this account that limits the roles, with its path, such as platform/boundary.',
      type: expression('string'),
      default: expression('null'),
    },
  },
  {
    header: 'variable "tags"',
    attributes: {
      description: 'Tags of the roles and the rule.',
      type: expression('map(string)'),
      default: tags,
    },
  },
];

const roleBlocks = (role: RoleDefinition, homeId: string): readonly HclBlock[] => {
  const { name, path, description, trust, statements } = role;
  const label = labelOf(role);
  const isOptional = trust.kind === 'operators';
  const count: Readonly<Record<string, HclValue>> = isOptional
    ? { count: expression('length(var.operator_arns) > 0 ? 1 : 0') }
    : {};
  return [
    {
      header: `resource "aws_iam_role" "${label}"`,
      attributes: {
        ...count,
        name: name,
        path: path,
        description: description,
        permissions_boundary: expression(
          `var.permissions_boundary == null ? null : "arn:aws:iam::\${data.aws_caller_identity.current.account_id}:policy/\${var.permissions_boundary}"`,
        ),
        tags: expression('var.tags'),
        assume_role_policy: trustPolicy(trust, homeId),
      },
    },
    {
      header: `resource "aws_iam_role_policy" "${label}"`,
      attributes: {
        ...count,
        name: 'rolebridge',
        role: expression(`aws_iam_role.${label}${isOptional ? '[0]' : ''}.id`),
        policy: json({ Version: '2012-10-17', Statement: statements.map(statementValue) }),
      },
    },
  ];
};

const labelOf = ({ kind }: RoleDefinition): string => kind.replaceAll('-', '_');

const trustPolicy = (trust: RoleDefinition['trust'], homeId: string): HclValue =>
  json({
    Version: '2012-10-17',
    Statement: [trustStatement(trust, homeId, expression('var.operator_arns'))],
  });

const statementValue = ({ Sid, Effect, Action, Resource, Condition }: PolicyStatement): HclValue => ({
  Sid,
  Effect,
  Action,
  Resource: isList(Resource) ? Resource.map(textOf) : textOf(Resource),
  ...(Condition === undefined ? {} : { Condition }),
});

const isList = (resource: TemplateText | readonly TemplateText[]): resource is readonly TemplateText[] =>
  Array.isArray(resource);

/** @throws Error for a part of the home account's stack, which another account does not know: a bug, which the tests find */
const textOf = (text: TemplateText): string => {
  if (typeof text === 'string') return text;
  if ('Fn::GetAtt' in text) throw new Error(`${text['Fn::GetAtt'][0]} is not in this account.`);
  return text['Fn::Sub']
    .replaceAll('${AWS::Partition}', 'aws')
    .replaceAll('${AWS::AccountId}', accountPlaceholder);
};

const ruleBlocks = ({ rule }: MemberDefinition): readonly HclBlock[] => [
  {
    header: 'resource "aws_cloudwatch_event_rule" "forward"',
    attributes: {
      name: rule.name,
      description: rule.description,
      tags: expression('var.tags'),
      event_pattern: json(rule.pattern),
    },
  },
  {
    header: 'resource "aws_cloudwatch_event_target" "forward"',
    attributes: {
      rule: expression('aws_cloudwatch_event_rule.forward.name'),
      target_id: 'home',
      arn: rule.bus,
      role_arn: expression('aws_iam_role.forward.arn'),
      depends_on: [expression('aws_iam_role_policy.forward')],
    },
  },
];
