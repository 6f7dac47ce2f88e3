import type { RoleRef } from '../../shared/core/model.ts';
import type { AccountRegion } from '../../shared/core/region.ts';
import type { Settings } from '../../shared/core/settings.ts';

export const accountId = '111122223333';

export const tagKey = 'google-access';

export const settings: Settings = {
  google: {
    project: 'acme-identity',
    projectNumber: '123456789012',
    pool: 'aws-roles',
    serviceAccount: 'rolebridge@acme-identity.iam.gserviceaccount.com',
    projects: ['acme-data', 'example.com:legacy'],
    endpoints: {},
  },
  accounts: [{ id: accountId, provider: `aws-${accountId}` }],
  regions: ['us-east-1', 'eu-west-1'],
  parameterPrefix: '/google-access',
  formerParameterPrefixes: [],
  tagKey,
  mode: 'sync',
  sweep: { schedule: 'rate(1 hour)', maxRevocations: 25, parameterReadsPerSecond: 10 },
  allow: [{ to: '*@acme-data.iam.gserviceaccount.com', roles: ['app-*', 'reports'] }],
};

export const inHome = (region: string): AccountRegion => ({ accountId, region });

export const roleRef = (roleName: string): RoleRef => ({ partition: 'aws', accountId, roleName });
export const reports = roleRef('reports');

export const email = (name: string): string => `${name}@acme-data.iam.gserviceaccount.com`;
export const reader = email('reader');
export const writer = email('writer');

export const now = new Date('2026-11-24T12:00:00Z');
