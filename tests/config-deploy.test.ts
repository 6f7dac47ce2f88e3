import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { parseSettings } from '../shared/config/config.ts';
import { ConfigError } from '../shared/config/error.ts';
import { everyDeploySetting } from './support/every-deploy-setting.ts';

const file: Readonly<Record<string, unknown>> = parse(readFileSync('rolebridge.yml', 'utf8'));
const problemsOf = (deploy: object): readonly string[] => {
  try {
    parseSettings(stringify({ ...file, deploy }));
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.errors : [`not a ConfigError: ${String(error)}`];
  }
};
const other = (arn: string): string => arn.replace('111122223333', '999988887777');

describe('deploy in rolebridge.yml', () => {
  it('accepts every setting, and none', () => {
    expect(problemsOf(everyDeploySetting)).toEqual([]);
    expect(problemsOf({})).toEqual([]);
    expect(parseSettings(stringify(file))).not.toHaveProperty('deploy');
  });

  it.each([
    [{ permissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess' }],
    [{ kmsKey: `arn:aws:kms:us-east-1:111122223333:key/mrk-${'0'.repeat(32)}` }],
    [{ stackTags: { 'a b_c./=+:-': '', key: 'a.b:c@d' } }],
    [{ vpc: { subnetIds: ['subnet-01234567'], securityGroupIds: ['sg-01234567'] } }],
    [{ deploymentBucket: 'acme.deployments-2' }],
  ])('accepts %j', (deploy) => {
    expect(problemsOf(deploy)).toEqual([]);
  });

  it.each([
    [
      { permissionsBoundary: 'boundary' },
      'permissionsBoundary: must be the ARN of a managed policy, such as',
    ],
    [
      { permissionsBoundary: other(everyDeploySetting.permissionsBoundary) },
      'permissionsBoundary: is in account 999988887777: it must be in the account deployed to, 111122223333',
    ],
    [{ rolePath: 'platform' }, 'rolePath: must begin and end with "/"'],
    [{ rolePath: '/' }, 'rolePath: must begin and end with "/"'],
    [{ rolePath: '/aws-service-role/x/' }, 'rolePath: must begin and end with "/"'],
    [{ roleNamePrefix: 'plat/form' }, 'roleNamePrefix: must be 1 to 40 letters'],
    [{ roleNamePrefix: 'x'.repeat(41) }, 'roleNamePrefix: must be 1 to 40 letters'],
    [{ roleNamePrefix: 'x-rolebridge-' }, 'roleNamePrefix: must be 1 to 40 letters'],
    [{ stackTags: 'a' }, 'stackTags: must be a group of tags'],
    [{ stackTags: ['a'] }, 'stackTags.0: the key must have 1 to 128 letters'],
    [{ stackTags: { 'cost-center': 1234 } }, 'stackTags.cost-center: must be a text in quotes'],
    [{ stackTags: { owner: 'R&D' } }, 'stackTags.owner: must be a text in quotes'],
    [{ stackTags: { owner: 'x'.repeat(257) } }, 'stackTags.owner: must be a text in quotes'],
    [{ stackTags: { 'AWS:owner': 'x' } }, 'stackTags.AWS:owner: must not begin with "aws:"'],
    [{ stackTags: { 'owner@acme': 'x' } }, 'stackTags.owner@acme: the key must have 1 to 128 letters'],
    [
      { stackTags: { Owner: 'x', owner: 'y' } },
      'stackTags.owner: differs from Owner only in casing, which IAM ignores',
    ],
    [
      { stackTags: { 'Google-Access/x': 'reader@acme-data.iam.gserviceaccount.com' } },
      "stackTags.Google-Access/x: must not begin with google-access, the tagKey: the functions' own roles would request access",
    ],
    [
      { stackTags: Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`t${index}`, 'x'])) },
      'stackTags: has 49 tags: at most 48 are possible',
    ],
    [{ deploymentBucket: 'Acme' }, 'deploymentBucket: must be the name of an S3 bucket'],
    [{ deploymentBucket: 'acme..deployments' }, 'deploymentBucket: must be the name of an S3 bucket'],
    [{ deploymentBucket: '10.0.0.1' }, 'deploymentBucket: must be the name of an S3 bucket'],
    [{ deploymentBucket: 'xn--acme' }, 'deploymentBucket: must be the name of an S3 bucket'],
    [{ cloudFormationRole: 'cloudformation' }, 'cloudFormationRole: must be the ARN of a role, such as'],
    [
      { cloudFormationRole: other(everyDeploySetting.cloudFormationRole) },
      'cloudFormationRole: is in account 999988887777',
    ],
    [{ vpc: { subnetIds: ['subnet-01234567'] } }, 'vpc.securityGroupIds: is missing'],
    [
      { vpc: { ...everyDeploySetting.vpc, subnetIds: ['subnet-x'] } },
      'vpc.subnetIds[0]: must be an id such as subnet-0123456789abcdef0',
    ],
    [
      { vpc: { ...everyDeploySetting.vpc, subnetIds: ['subnet-01234567', 'subnet-01234567'] } },
      'vpc.subnetIds[1]: subnet-01234567 is listed twice',
    ],
    [
      {
        vpc: { ...everyDeploySetting.vpc, securityGroupIds: Array.from({ length: 6 }, () => 'sg-01234567') },
      },
      'vpc.securityGroupIds: must have at most 5 entries',
    ],
    [
      { vpc: { ...everyDeploySetting.vpc, subnetIds: Array.from({ length: 17 }, () => 'subnet-01234567') } },
      'vpc.subnetIds: must have at most 16 entries',
    ],
    [
      { kmsKey: 'arn:aws:kms:us-east-1:111122223333:alias/x' },
      'kmsKey: must be the ARN of a KMS key in us-east-1',
    ],
    [
      { kmsKey: everyDeploySetting.kmsKey.replace('us-east-1', 'eu-west-1') },
      'kmsKey: must be the ARN of a KMS key in us-east-1',
    ],
    [{ kmsKey: other(everyDeploySetting.kmsKey) }, 'kmsKey: is in account 999988887777'],
    [{ logRetentionDays: 2 }, 'logRetentionDays: must be one of 1, 3, 5, 7'],
    [{ logRetentionDays: '90' }, 'logRetentionDays: must be one of 1, 3, 5, 7'],
    [{ stacktags: {} }, 'stacktags: unknown setting (did you mean stackTags?)'],
  ])('refuses %j', (deploy, message) => {
    expect(problemsOf(deploy)[0]).toContain(`deploy.${message}`);
  });

  it('leaves less room for former prefixes if the roles need more permissions', () => {
    const former = (deploy: object) => {
      const settings = { ...file, formerParameterPrefixes: [`/${'f'.repeat(1_400)}`], deploy };
      return () => parseSettings(stringify(settings));
    };
    expect(former({})).not.toThrow();
    expect(former({ vpc: everyDeploySetting.vpc })).toThrow(/characters longer than IAM takes/);
    expect(former({ kmsKey: everyDeploySetting.kmsKey })).toThrow(/characters longer than IAM takes/);
  });
});
