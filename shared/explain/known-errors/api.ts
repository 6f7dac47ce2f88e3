import type { KnownError } from './known-error.ts';

/** Errors of the called API, for any caller. */
export const apiErrors: readonly KnownError[] = [
  {
    id: 'quota-project-missing',
    link: 'api',
    phrases: [
      'API requires a quota project, which is not set by default',
      'Your application is authenticating by using local Application Default Credentials',
      'Your application is authenticating by using local Application Default Credentials. The … API requires a quota project, which is not set by default',
      'end user credentials from Google Cloud SDK without a quota project',
    ],
    example:
      'Your application is authenticating by using local Application Default Credentials. The iam.googleapis.com API requires a quota project, which is not set by default. To learn how to set your quota project, see https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds .',
    cause:
      'You are signed in as a person (gcloud auth application-default login), and Google does not know whose quota the call uses. A workload with a credential config does not get this error.',
    next: [
      'gcloud auth application-default set-quota-project PROJECT',
      'Or for one command: `export GOOGLE_CLOUD_QUOTA_PROJECT=PROJECT`',
    ],
    source: 'https://github.com/hashicorp/terraform-provider-google/issues/20644',
  },
  {
    id: 'quota-project-denied',
    link: 'api',
    phrases: ['Caller does not have required permission to use project'],
    example:
      'Caller does not have required permission to use project acme-data. Grant the caller the roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission',
    cause:
      'The call uses the quota of a project in which the caller is not allowed to do so. A quota project is set in the environment, in the config or in the code.',
    next: [
      'Without it: `unset GOOGLE_CLOUD_QUOTA_PROJECT`',
      'Or: `gcloud projects add-iam-policy-binding API_PROJECT --role roles/serviceusage.serviceUsageConsumer --member serviceAccount:SERVICE_ACCOUNT --condition None`',
    ],
    source: 'https://github.com/google-github-actions/auth/issues/250',
  },
  {
    id: 'api-disabled',
    link: 'api',
    phrases: ['has not been used in project … before or it is disabled'],
    example:
      'IAM Service Account Credentials API has not been used in project 889403714106 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/iamcredentials.googleapis.com/overview?project=889403714106 then retry.',
    cause:
      'This Google API is not enabled in the project that the text names. Federation needs iam, sts and iamcredentials in the project of the pool, and iam in the projects of the service accounts. `rolebridge keys` needs policyanalyzer there, too.',
    next: [
      'gcloud services enable API_NAME --project API_PROJECT',
      'Wait some minutes, then: `rolebridge doctor --role ROLE`',
    ],
    source: 'https://github.com/google/kctf/issues/194',
  },
  {
    id: 'keys-not-readable',
    link: 'api',
    phrases: ['You need iam.serviceAccountKeys.list on', 'You need policyanalyzer.… on project'],
    example:
      "reading the keys of reader@acme-data.iam.gserviceaccount.com: 403 Permission 'iam.serviceAccountKeys.list' denied on resource (or it may not exist). You need iam.serviceAccountKeys.list on reader@acme-data.iam.gserviceaccount.com or its project.",
    cause:
      'The command `rolebridge keys` reads keys and their last use with your own credentials, and you may not. Nothing is known about the keys until you may: they do not count as unused.',
    next: [
      'An administrator of the Google side runs: `rolebridge setup --opt-in-keys user:you@example.com`',
      'rolebridge keys',
    ],
    source: 'shared/adapters/google/key-reader.ts',
  },
  {
    id: 'api-quota',
    link: 'api',
    phrases: ['Quota exceeded for quota metric'],
    example:
      "googleapi: Error 429: Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service 'cloudresourcemanager.googleapis.com' for consumer 'project_number:764086051850'.",
    cause:
      'A quota of Google is used up for this minute; the text names which and of whose project. rolebridge tries again by itself.',
    next: [
      'Try again after a minute, with a growing random pause.',
      'Consumer 764086051850 is gcloud itself: `gcloud auth application-default set-quota-project PROJECT`',
      'Ask for more of this quota in the console under "Quotas & System Limits".',
    ],
    source: 'https://github.com/GoogleCloudPlatform/marketing-analytics-jumpstart/issues/163',
  },
  {
    id: 'reauthentication-needed',
    link: 'api',
    phrases: ['invalid_rapt', 'rapt_required', 'reauth related error'],
    example:
      '{"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_uri":"https://support.google.com/a/answer/9368756","error_subtype":"invalid_rapt"}',
    cause:
      'You are signed in as a person, and your Google organization asks you to sign in again after some hours. A workload with a credential config does not get this error: this process reads your own credentials.',
    next: [
      'gcloud auth application-default login',
      'For gcloud itself: `gcloud auth login`',
      'For a workload: `export GOOGLE_APPLICATION_CREDENTIALS=/etc/google-access/default.json`',
    ],
    source: 'https://github.com/cline/cline/issues/4080',
  },
  {
    id: 'scopes-insufficient',
    link: 'api',
    phrases: ['Request had insufficient authentication scopes', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'],
    example:
      '{"error":{"code":403,"message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED","details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}',
    cause:
      'The token is good, but it was asked for with scopes that do not cover this API. Permissions of the service account do not help here.',
    next: [
      'Ask for the scope https://www.googleapis.com/auth/cloud-platform, or for that of the API (Drive, Sheets and Calendar have their own).',
      'As a person: `gcloud auth application-default login --scopes=https://www.googleapis.com/auth/cloud-platform`',
    ],
    source: 'https://github.com/analogdotnow/Analog/issues/296',
  },
  {
    id: 'request-without-credentials',
    link: 'api',
    phrases: ['CREDENTIALS_MISSING', 'Request is missing required authentication credential'],
    example:
      '{"error":{"code":401,"message":"Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential.","status":"UNAUTHENTICATED","details":[{"reason":"CREDENTIALS_MISSING"}]}}',
    cause:
      'The request came without a token. The client was made without credentials, or a proxy removed the Authorization header.',
    next: [
      'export GOOGLE_APPLICATION_CREDENTIALS=/etc/google-access/default.json',
      'Make the client with the default credentials, and not with an API key or an empty token.',
    ],
    source: 'https://github.com/googleapis/google-api-php-client/issues/2479',
  },
  {
    id: 'bigquery-jobs-denied',
    link: 'api',
    phrases: ['does not have bigquery.jobs.create permission in project'],
    example:
      '403 POST https://bigquery.googleapis.com/bigquery/v2/projects/acme-data/jobs: Access Denied: Project acme-data: User does not have bigquery.jobs.create permission in project acme-data.',
    cause:
      'The access works, but this service account may not run queries in the project that pays for them. Often the client took the project of the data, or of the pool, in place of the one that may run jobs.',
    next: [
      'Name the project that runs the jobs in the client, for example `bigquery.Client(project="PROJECT")`.',
      'gcloud projects add-iam-policy-binding PROJECT --role roles/bigquery.jobUser --member serviceAccount:SERVICE_ACCOUNT --condition None',
    ],
    source: 'https://github.com/xlang-ai/Spider2/issues/34',
  },
];
