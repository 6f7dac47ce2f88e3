import type { DeploySettings } from '../../shared/core/settings.ts';
import { accountId } from './settings.ts';

/** `deploy` of rolebridge.yml, with every existing setting. */
export const everyDeploySetting = {
  permissionsBoundary: `arn:aws:iam::${accountId}:policy/platform/boundary`,
  rolePath: '/platform/identity/',
  roleNamePrefix: 'platform-',
  stackTags: { 'cost-center': '1234', Owner: 'cloud team' },
  deploymentBucket: 'acme-deployments',
  cloudFormationRole: `arn:aws:iam::${accountId}:role/cloudformation`,
  vpc: {
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    securityGroupIds: ['sg-0123456789abcdef0'],
  },
  kmsKey: `arn:aws:kms:us-east-1:${accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  logRetentionDays: 365,
} as const satisfies Required<DeploySettings>;
