import type { KnownError } from './known-error.ts';

const describeProvider =
  'gcloud iam workload-identity-pools providers describe projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER';

/** From the signed request to the service account's token. */
export const exchangeErrors: readonly KnownError[] = [
  {
    id: 'provider-not-there',
    link: 'provider',
    phrases: [
      'The target service indicated by the "audience" parameters is invalid',
      "pool or provider is disabled or deleted or because it doesn't exist",
      'invalid_target',
      `The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn't exist`,
    ],
    example:
      '("Error code invalid_target: The target service indicated by the \\"audience\\" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.")',
    cause:
      'The pool or the provider that the credential config names is disabled, deleted or not there. A new one works after some minutes. A config of an earlier pool is out of date.',
    next: [
      describeProvider,
      'disabled: true → `gcloud iam workload-identity-pools providers update-aws projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER --no-disabled`',
      'state: DELETED (up to 30 days ago) → `gcloud iam workload-identity-pools providers undelete projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`',
      'Look at the pool in the same way: `gcloud iam workload-identity-pools describe projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL`',
      'Not there: `rolebridge setup`',
    ],
    source: 'https://github.com/google-github-actions/auth/issues/334',
  },
  {
    id: 'attribute-condition',
    link: 'provider',
    phrases: ['The given credential is rejected by the attribute condition'],
    example:
      "google.auth.exceptions.OAuthError: ('Error code unauthorized_client: The given credential is rejected by the attribute condition.')",
    cause:
      "The provider's condition lets in assumed roles of one AWS account. The caller is of another account, or is a user and not a role: a stray AWS_ACCESS_KEY_ID in the environment goes before the role of the instance.",
    next: [
      'aws sts get-caller-identity',
      describeProvider,
      'On EC2: `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN`',
      'Another account: its roles need a provider of their own. List it under accounts in rolebridge.yml, then run `./rolebridge setup --only-providers`',
    ],
    source: 'https://github.com/terraform-google-modules/terraform-example-foundation/issues/1362',
  },
  {
    id: 'subject-too-long',
    link: 'provider',
    phrases: ['The size of mapped attribute … exceeds the 127 bytes limit'],
    example: 'The size of mapped attribute google.subject exceeds the 127 bytes limit.',
    cause:
      "The provider maps google.subject to the whole ARN, and role name and session name together are too long for it (on Lambda the session is the function's name). rolebridge's mapping takes the role's id instead.",
    next: [describeProvider, 'rolebridge setup', 'Or give the role or the function a shorter name.'],
    source: 'https://github.com/google-github-actions/auth/blob/main/docs/TROUBLESHOOTING.md',
  },
  {
    id: 'mapped-attribute-not-a-string',
    link: 'provider',
    phrases: ['The mapped attribute … must be of type STRING'],
    example:
      '{"error":"unauthorized_client","error_description":"The mapped attribute \'google.subject\' must be of type STRING."}',
    cause:
      "The provider's attribute mapping gives no text for this caller. It was changed by hand, or expects an assumed role where the caller is a user.",
    next: [describeProvider, 'aws sts get-caller-identity', 'rolebridge setup'],
    source: 'https://github.com/google-github-actions/auth/issues/378',
  },
  {
    id: 'audience-invalid',
    link: 'token-exchange',
    phrases: ['Invalid value for "audience"'],
    example:
      '{"error":"invalid_request","error_description":"Invalid value for \\"audience\\". This value should be the full resource name of the Identity Provider. See https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats."}',
    cause:
      'The audience in the credential config is not the full name of a provider. It names the project by id and not by number, leaves out /providers/PROVIDER, or was edited.',
    next: [
      'grep audience /etc/google-access/default.json',
      'The right form: `//iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`',
      'Correct google.projectNumber, google.pool and accounts[].provider in rolebridge.yml, deploy, and then: `sudo sh fetch`',
    ],
    source: 'https://github.com/google-github-actions/auth/issues/211',
  },
  {
    id: 'token-exchange-throttled',
    link: 'token-exchange',
    phrases: [
      'The request was throttled due to rate limit',
      '[Security Token Service] The request was throttled due to rate limit',
    ],
    evidence: [
      { host: 'sts.googleapis.com', status: 429 },
      { host: 'sts.googleapis.com', words: 'RESOURCE_EXHAUSTED' },
    ],
    example:
      '[Security Token Service] The request was throttled due to rate limit. Please retry after a few seconds.',
    cause:
      'The project of the pool has used up its token exchanges of this minute (6,000 by default). Usually many processes start at the same time, or a program creates a new client for every call and so never reuses its token.',
    next: [
      'Try again after some seconds, with a growing random pause.',
      'Make one client per process and keep it: it holds its token for about an hour.',
      'Ask for more of the quota "Exchange token requests" of sts.googleapis.com in the project of the pool.',
    ],
    source: 'https://github.com/google-github-actions/auth/issues/427',
  },
  {
    id: 'subject-token-malformed',
    link: 'token-exchange',
    phrases: ['AWS request has invalid format', 'Invalid format of AWS credentials'],
    example: '{"error":"invalid_grant","error_description":"AWS request has invalid format."}',
    cause:
      "Google cannot read the signed request that it was given as subject token. Google's libraries make it right: this program makes its own, and leaves out a header, the regional STS host or the URL encoding.",
    next: [
      "Use Google's client library with the published config.",
      'To compare: `gcloud auth login --cred-file=/etc/google-access/default.json`',
    ],
    source:
      'https://discuss.google.dev/t/federating-into-gcp-via-aws-sts-token-api-fails-with-aws-request-has-invalid-format-despite-following-gcp-docs-exactly/244519',
  },
  {
    id: 'aws-answer-refused',
    link: 'token-exchange',
    phrases: ['Received invalid AWS response'],
    example:
      'Error code invalid_grant: Received invalid AWS response of type Throttling with error message: Rate exceeded',
    cause:
      'Google sent the signed request on to AWS STS, and AWS refused it. The words after "error message" are those of AWS.',
    next: [
      'aws sts get-caller-identity',
      'Explain the words of AWS: `rolebridge explain "TEXT"`',
      'chronyc tracking',
    ],
    source: 'https://github.com/googleapis/google-auth-library-python/issues/844',
  },
  {
    id: 'impersonation-denied',
    link: 'impersonation',
    phrases: ["Permission 'iam.serviceAccounts.getAccessToken' denied"],
    example:
      '{"error":{"code":403,"message":"Permission \'iam.serviceAccounts.getAccessToken\' denied on resource (or it may not exist).","status":"PERMISSION_DENIED"}}',
    cause:
      "The federated token is good, but the role may not act as this service account. The binding is not there, is younger than 2 to 7 minutes, or its date (until) has passed; the service account may not exist; or the provider maps attribute.aws_role to something other than the role's ARN.",
    next: [
      'rolebridge doctor --role ROLE',
      'aws sts get-caller-identity',
      'gcloud iam service-accounts get-iam-policy SERVICE_ACCOUNT --project PROJECT',
      'A binding that was just made: wait 7 minutes and try again.',
    ],
    source: 'https://github.com/google-github-actions/auth/issues/340',
  },
  {
    id: 'scopes-missing',
    link: 'impersonation',
    phrases: [
      'Unable to acquire impersonated credentials … Request contains an invalid argument',
      'oauth2/google: status code 400: … Request contains an invalid argument',
    ],
    example:
      'google.auth.exceptions.RefreshError: (\'Unable to acquire impersonated credentials\', \'{"error": {"code": 400, "message": "Request contains an invalid argument.", "status": "INVALID_ARGUMENT"}}\')',
    cause:
      'The program asks for a token without a scope. google.auth.default() and the client libraries set one; credentials that are loaded by hand have none. In Go, an empty list of scopes does the same.',
    next: [
      "Python: `credentials = credentials.with_scopes(['https://www.googleapis.com/auth/cloud-platform'])`",
      "Node: `new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' })`",
      'Go: `google.FindDefaultCredentials(ctx, "https://www.googleapis.com/auth/cloud-platform")`',
    ],
    source: 'https://github.com/googleapis/google-cloud-python/issues/15186',
  },
  {
    id: 'token-not-accepted',
    link: 'impersonation',
    phrases: ['Request had invalid authentication credentials. Expected OAuth 2 access token'],
    example:
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    cause:
      'The API got a token that it does not accept. It has ended, its pool was disabled, or it is a federated token that this API does not take: then the config lacks service_account_impersonation_url.',
    next: [
      'grep service_account_impersonation_url /etc/google-access/default.json',
      'At a terminal: `unset GOOGLE_OAUTH_ACCESS_TOKEN`, or set a new one: `export GOOGLE_OAUTH_ACCESS_TOKEN=$(gcloud auth print-access-token)`',
      'rolebridge doctor --role ROLE',
    ],
    source: 'https://cloud.google.com/iam/docs/troubleshooting-workload-identity-federation',
  },
];
