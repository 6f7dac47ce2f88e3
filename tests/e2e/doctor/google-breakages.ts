import { listerRole, setMember } from '../../../local/google-side.ts';
import { reader, settings } from '../../support/settings.ts';
import { type Breakage, change, disable } from './breakages.ts';

const own = settings.google.serviceAccount;
const iso = '2090-01-01T00:00:00Z';
const mapping = (fields: Readonly<Record<string, string>>) => ({
  'google.subject': "assertion.userid.extract('{id}:')",
  ...fields,
});

/** rolebridge.yml, and everything that setup creates. */
export const googleBreakages: readonly Breakage[] = [
  {
    title: 'errors in rolebridge.yml',
    check: 'config',
    status: 'failed',
    fix: /rolebridge\.example\.yml/,
    break: ({ edit }) => edit((file) => Object.assign(file, { nonsense: 1, regions: [] })),
  },
  {
    title: 'mode dry-run',
    check: 'config',
    status: 'warning',
    fix: /mode: sync/,
    break: ({ edit }) => edit((file) => Object.assign(file, { mode: 'dry-run' })),
  },
  {
    title: 'no Google credentials',
    check: 'google-credentials',
    status: 'failed',
    fix: /gcloud auth application-default login/,
    break: () => () => undefined,
    options: () => ({
      variables: {
        GOOGLE_OAUTH_ACCESS_TOKEN: undefined,
        METADATA_SERVER_DETECTION: 'none',
        HOME: '/nonexistent',
      },
    }),
  },
  {
    title: 'an expired Google token',
    check: 'google-credentials',
    status: 'failed',
    fix: /gcloud auth application-default login/,
    break: () => () => undefined,
    options: () => ({ variables: { GOOGLE_OAUTH_ACCESS_TOKEN: 'ended' } }),
  },
  {
    title: 'Google cannot be reached',
    check: 'google-credentials',
    status: 'failed',
    fix: /gcloud auth/,
    break: () => () => undefined,
    options: () => ({ variables: { ROLEBRIDGE_GOOGLE_ENDPOINT: 'http://127.0.0.1:9' } }),
  },
  {
    title: 'the number of another project',
    check: 'google-project',
    status: 'failed',
    fix: /projectNumber: "123456789012"/,
    break: ({ edit }) => edit(({ google }) => Object.assign(google ?? {}, { projectNumber: '999999999999' })),
  },
  {
    title: 'an API is disabled',
    check: 'google-apis',
    status: 'failed',
    fix: /gcloud services enable sts\.googleapis\.com --project acme-identity/,
    break: ({ google }) => {
      google.project('acme-identity').services.delete('sts.googleapis.com');
      return () => google.enableServices('acme-identity', ['sts.googleapis.com']);
    },
  },
  {
    title: 'the IAM API is disabled, so little can be read',
    check: 'google-apis',
    status: 'failed',
    fix: /gcloud services enable iam\.googleapis\.com/,
    break: ({ google }) => {
      google.project('acme-identity').services.delete('iam.googleapis.com');
      const release = google.intercept(({ method }) =>
        method.startsWith('iam.')
          ? { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'IAM API is disabled.' }
          : undefined,
      );
      return () => {
        release();
        google.enableServices('acme-identity', ['iam.googleapis.com']);
      };
    },
  },
  {
    title: 'pool deleted',
    check: 'pool',
    status: 'failed',
    fix: /gcloud iam workload-identity-pools undelete aws-roles/,
    break: ({ pool }) => change(pool, { expireTime: iso }),
  },
  {
    title: 'pool disabled',
    check: 'pool',
    status: 'failed',
    fix: /gcloud iam workload-identity-pools update aws-roles .*--no-disabled/,
    break: ({ pool }) => change(pool, { disabled: true }),
  },
  {
    title: 'pool of another deployment',
    check: 'pool-marker',
    status: 'failed',
    fix: /Name another pool in google\.pool/,
    break: ({ pool }) => change(pool, { description: 'managed by rolebridge; owner 999999999999/prod' }),
  },
  {
    title: 'pool without an owner',
    check: 'pool-marker',
    status: 'warning',
    fix: /Mark it: .*rolebridge setup$/,
    break: ({ pool }) => change(pool, { description: 'managed by rolebridge' }),
  },
  {
    title: 'pool missing',
    check: 'pool',
    status: 'failed',
    fix: /rolebridge setup/,
    break: ({ google, pool }) => {
      google.removePool('aws-roles');
      return () => {
        const made = google.addPool('aws-roles');
        Object.assign(made, pool);
        return Object.assign(pool, made);
      };
    },
  },
  {
    title: 'provider deleted',
    check: 'provider',
    status: 'failed',
    fix: /correct it first if necessary: .*rolebridge setup/,
    break: ({ provider }) => change(provider, { expireTime: iso }),
  },
  {
    title: 'provider disabled',
    check: 'provider',
    status: 'failed',
    fix: /providers update-aws aws-111122223333 .*--no-disabled/,
    break: ({ provider }) => change(provider, { disabled: true }),
  },
  {
    title: 'provider of another AWS account',
    check: 'provider',
    status: 'failed',
    fix: /--account-id 111122223333/,
    break: ({ provider }) => change(provider, { accountId: '444455556666' }),
  },
  {
    title: 'aws_role mapped to the bare name',
    check: 'mapping',
    status: 'failed',
    fix: /rolebridge setup/,
    break: ({ provider }) =>
      change(provider, {
        attributeMapping: mapping({ 'attribute.aws_role': "assertion.arn.extract('assumed-role/{role}/')" }),
      }),
  },
  {
    title: 'aws_role mapped with its session',
    check: 'mapping',
    status: 'failed',
    fix: /rolebridge setup/,
    break: ({ provider }) =>
      change(provider, { attributeMapping: mapping({ 'attribute.aws_role': 'assertion.arn' }) }),
  },
  {
    title: 'no aws_role mapped',
    check: 'mapping',
    status: 'failed',
    fix: /rolebridge setup/,
    break: ({ provider }) => change(provider, { attributeMapping: mapping({}) }),
  },
  {
    title: 'condition rejects',
    check: 'condition',
    status: 'failed',
    fix: /rolebridge setup/,
    break: ({ provider }) =>
      change(provider, { attributeCondition: "assertion.arn.contains('assumed-role/admin-')" }),
  },
  {
    title: "subject too long (Google's own mapping)",
    check: 'subject',
    status: 'failed',
    fix: /rolebridge setup/,
    break: ({ provider }) => change(provider, { attributeMapping: {} }),
  },
  {
    title: "rolebridge's account missing",
    check: 'own-account',
    status: 'failed',
    fix: /rolebridge setup/,
    break: ({ google, cell }) => {
      const policy = cell(own).current();
      google.removeServiceAccount(own);
      return () => google.addServiceAccount(own, 'acme-identity', policy);
    },
  },
  {
    title: "rolebridge's account disabled",
    check: 'own-account',
    status: 'failed',
    fix: /gcloud iam service-accounts enable rolebridge@/,
    break: (world) => disable(world, own),
  },
  {
    title: "a function's role not admitted",
    check: 'function-access',
    status: 'failed',
    fix: /rolebridge setup\n.*add-iam-policy-binding rolebridge@.*rolebridge-prod-sweep/,
    break: ({ cell }) => {
      const policy = cell(own).current();
      const bindings = (policy.bindings ?? []).map((binding) => ({
        ...binding,
        members: binding.members.filter((member) => !member.endsWith('-sweep')),
      }));
      cell(own).replace({ ...policy, bindings });
      return () => cell(own).replace(policy);
    },
  },
  {
    title: 'lister role missing',
    check: 'lister:acme-data',
    status: 'failed',
    fix: /rolebridge setup/,
    break: ({ google }) => {
      const { policy } = google.project('acme-data');
      setMember(policy, listerRole('acme-data'), `serviceAccount:${own}`, false);
      return () => setMember(policy, listerRole('acme-data'), `serviceAccount:${own}`);
    },
  },
  {
    title: 'custom role without setIamPolicy',
    check: `opt-in:${reader}`,
    status: 'failed',
    fix: /rolebridge setup --opt-in reader@/,
    break: ({ google, cell }) => {
      google.addCustomRole('projects/acme-data/roles/weak', ['iam.serviceAccounts.getIamPolicy']);
      const policy = cell(reader).current();
      const bindings = (policy.bindings ?? []).map((binding) => ({
        ...binding,
        role: binding.role.replace('rolebridgeEditor', 'weak'),
      }));
      cell(reader).replace({ ...policy, bindings });
      return () => cell(reader).replace(policy);
    },
  },
  {
    title: 'no permission to read the pool',
    check: 'pool',
    status: 'unknown',
    fix: /iam\.workloadIdentityPools\.get/,
    break: ({ google }) =>
      google.intercept(({ method }) =>
        method === 'iam.workloadIdentityPools.get'
          ? { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'not you' }
          : undefined,
      ),
  },
];
