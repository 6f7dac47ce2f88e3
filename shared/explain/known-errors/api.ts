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
      'This Google API is not enabled in the project that the text names. Federation needs iam, sts and iamcredentials in the project of the pool, and iam in the projects of the service accounts.',
    next: [
      'gcloud services enable API_NAME --project API_PROJECT',
      'Wait some minutes, then: `rolebridge doctor --role ROLE`',
    ],
    source: 'https://github.com/google/kctf/issues/194',
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
];
