import type { KnownError } from './known-error.ts';

const scp = 'https://repost.aws/knowledge-center/organizations-troubleshoot-explicit-deny-scp';

/** Why AWS does not set or report a tag. */
export const taggingErrors: readonly KnownError[] = [
  {
    id: 'tagging-denied',
    link: 'tag',
    phrases: [
      'is not authorized to perform: iam:TagRole … with an explicit deny',
      'is not authorized to perform: iam:UntagRole … with an explicit deny',
      'not authorized to perform: iam:CreateRole … with an explicit deny',
    ],
    example:
      'An error occurred (AccessDenied) when calling the TagRole operation: User: arn:aws:sts::111122223333:assumed-role/developer/jo is not authorized to perform: iam:TagRole on resource: arn:aws:iam::111122223333:role/reports with an explicit deny in a service control policy',
    cause:
      'A policy denies this tag. Usually it is the service control policy that `rolebridge guard` prints, which lets only the principals of --tagger set the tags of rolebridge. A policy that denies CreateRole with this tag shows the same error.',
    next: [
      'Ask one of the people or pipelines that may set the tag.',
      'To admit another one, print the policy again and replace it in AWS Organizations: `rolebridge guard --print scp --tagger ARN --deployer ARN`',
      'If the policy is another one, ask the administrators of the AWS organization.',
    ],
    source: scp,
  },
  {
    id: 'tagging-not-allowed',
    link: 'tag',
    phrases: [
      'is not authorized to perform: iam:TagRole',
      'is not authorized to perform: iam:UntagRole',
      'is not authorized to perform: iam:ListRoleTags',
    ],
    example:
      'User: arn:aws:iam::111122223333:user/deploy is not authorized to perform: iam:TagRole on resource: role reports because no identity-based policy allows the iam:TagRole action',
    cause: 'The caller may not tag roles: no policy allows it.',
    next: [
      'aws sts get-caller-identity',
      'Allow the caller iam:TagRole, iam:UntagRole and iam:ListRoleTags on arn:aws:iam::AWS_ACCOUNT:role/ROLE.',
    ],
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_roles.html',
  },
  {
    id: 'duplicate-tag-keys',
    link: 'tag',
    phrases: ['Duplicate tag keys found. Please note that Tag keys are case insensitive'],
    example:
      'error tagging resource (reports): InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive. status code: 400',
    cause:
      'One request sets two tags whose keys differ only in case. IAM keeps one of them. For rolebridge, the key is google-access in lower case.',
    next: [
      'aws iam list-role-tags --role-name ROLE',
      'Remove the other spelling from the template or the command. In Terraform, look at default_tags too.',
    ],
    source: 'https://github.com/terraform-aws-modules/terraform-aws-rds-aurora/issues/189',
  },
  {
    id: 'trail-not-found',
    link: 'events',
    phrases: ['TrailNotFoundException'],
    example:
      'An error occurred (TrailNotFoundException) when calling the PutEventSelectors operation: Unknown trail: main',
    cause:
      'CloudTrail knows no trail of this name in this region and account. Either the trail has another home region, or it belongs to the organization: then only its management account can inspect it.',
    next: [
      'aws cloudtrail describe-trails --region us-east-1',
      'Call again with the whole ARN (TrailARN) in its HomeRegion.',
      'For a trail of the organization, ask its management account. Whether events arrive shows here: `rolebridge doctor`',
    ],
    source: 'https://github.com/turbot/steampipe-plugin-aws/issues/577',
  },
];
