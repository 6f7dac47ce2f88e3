import { isServiceAccountEmail, projectOf } from '../core/service-account.ts';

/**
 * The command with which Google answers who can get a service account's tokens, in any way: also people, groups, other pools and
 * inherited roles, which no report has. Names in it are placeholders unless a service account is selected.
 * https://cloud.google.com/sdk/gcloud/reference/asset/analyze-iam-policy, https://cloud.google.com/iam/docs/full-resource-names
 */
export const askGoogle = (to = ''): string => {
  const email = to.toLowerCase();
  const [account, project = 'PROJECT_ID'] = isServiceAccountEmail(email)
    ? [email, projectOf(email)]
    : ['SERVICE_ACCOUNT_EMAIL'];
  return `gcloud asset analyze-iam-policy --organization ORGANIZATION_ID --full-resource-name //iam.googleapis.com/projects/${project}/serviceAccounts/${account} --permissions iam.serviceAccounts.getAccessToken`;
};
