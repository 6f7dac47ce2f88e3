import * as v from 'valibot';
import { longestRoleNamePrefix, stackRegion } from '../core/stack.ts';

/** A text of one form, and what it means. */
const text = (pattern: RegExp, form: string, description: string) =>
  v.exactOptional(v.pipe(v.string(form), v.regex(pattern, form), v.description(description)));

/** A list of ids, with AWS's limit. */
const ids = (prefix: string, most: number, description: string) => {
  const form = `must be an id such as ${prefix}-0123456789abcdef0`;
  const pattern = new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`);
  return v.pipe(
    v.array(v.pipe(v.string(form), v.regex(pattern, form))),
    v.minLength(1),
    v.maxLength(most),
    v.description(description),
  );
};

// https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
const vpc = v.strictObject({
  subnetIds: ids('subnet', 16, 'Required. Subnets in us-east-1 with a route to Google: 1 to 16.'),
  securityGroupIds: ids('sg', 5, 'Required. Security groups that allow HTTPS out: 1 to 5.'),
});

const tagValueForm =
  'must be a text in quotes with at most 256 letters, digits, spaces and _ . : / = + - @, which IAM allows for a role';

/** The values that CloudWatch allows: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** `deploy` of rolebridge.yml: the rules of a company that its own deploy must follow. */
export const deploySchema = v.strictObject({
  permissionsBoundary: text(
    /^arn:aws:iam::(\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/,
    'must be the ARN of a managed policy, such as arn:aws:iam::111122223333:policy/boundary',
    "ARN of the managed policy that limits the functions' roles.",
  ),
  rolePath: text(
    /^\/(?!aws-)([\w+=,.@-]{1,128}\/){1,4}$/,
    'must begin and end with "/" and have 1 to 4 parts of letters, digits and _ + = , . @ -, such as /platform/; AWS reserves paths that begin with /aws-',
    "IAM path of the functions' roles. Google admits a role by its name, without the path.",
  ),
  roleNamePrefix: text(
    new RegExp(`^(?!.*rolebridge-)[\\w+=,.@-]{1,${longestRoleNamePrefix}}$`),
    `must be 1 to ${longestRoleNamePrefix} letters, digits and _ + = , . @ -, such as "platform-", and not contain "rolebridge-", which follows it`,
    "What the names of the functions' roles begin with. After a change: setup, deploy, setup.",
  ),
  stackTags: v.exactOptional(
    v.pipe(
      v.record(
        v.string(),
        v.pipe(v.string(tagValueForm), v.regex(/^[A-Za-z0-9_.:/=+@ -]{0,256}$/, tagValueForm)),
        'must be a group of tags, each "key: value"',
      ),
      v.description('Tags of the stack, which CloudFormation copies to its resources: at most 48.'),
    ),
  ),
  deploymentBucket: text(
    /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)(?!.*(-s3alias|--ol-s3|--x-s3|\.mrap)$)(?![\d.]+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'must be the name of an S3 bucket: 3 to 63 of a-z, 0-9, "." and "-", without a prefix or suffix that AWS reserves',
    'Name of an existing bucket in us-east-1 for the packages. The stack creates none.',
  ),
  cloudFormationRole: text(
    /^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/,
    'must be the ARN of a role, such as arn:aws:iam::111122223333:role/cloudformation',
    'ARN of the role with which CloudFormation creates the resources.',
  ),
  vpc: v.exactOptional(v.pipe(vpc, v.description('The VPC in which both functions run.'))),
  kmsKey: text(
    new RegExp(
      `^arn:aws:kms:${stackRegion}:\\d{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`,
    ),
    `must be the ARN of a KMS key in ${stackRegion}, where the stack is; an alias is not enough, because policies name the key`,
    'ARN of the customer managed key for queues, table, logs and the topic of notifications.email.',
  ),
  logRetentionDays: v.exactOptional(
    v.pipe(v.picklist(retentionDays), v.description("Days for which CloudWatch keeps the functions' logs.")),
  ),
});
