import type { KnownError } from './known-error.ts';

const anotherToken =
  'Without such a library, give the program a token: `gcloud auth login --cred-file=/etc/google-access/default.json && gcloud auth print-access-token`';

/** Parts of a credential config that the libraries of some languages do not support. */
export const libraryErrors: readonly KnownError[] = [
  {
    id: 'external-account-unknown',
    link: 'credential-config',
    phrases: ['unknown variant external_account'],
    example:
      'Generic GCS error: Unable to decode service account file: unknown variant `external_account`, expected `service_account` or `authorized_user` at line 1 column 26',
    cause:
      'The file is right, but this Rust library (usually object_store, which Polars, Lance, Icechunk and obstore use) reads keys and personal credentials only.',
    next: [
      'Where the program takes a token or a credential provider, use that of google-auth (for obstore, obstore.auth.google.GoogleCredentialProvider).',
      'unset GOOGLE_SERVICE_ACCOUNT GOOGLE_SERVICE_ACCOUNT_PATH',
      anotherToken,
    ],
    source: 'https://github.com/developmentseed/obstore/issues/605',
  },
  {
    id: 'token-source-unsupported',
    link: 'credential-config',
    phrases: ['Unsupported Subject Token Source'],
    example: 'Error: external account error : Unsupported Subject Token Source',
    cause:
      'The Rust crate google-cloud-auth found no source of AWS credentials in the config that it knows. It supports environment_id "aws1" on EC2 and in the environment, and only with the feature external-account. A config for another source gets this error.',
    next: [
      'grep environment_id /etc/google-access/default.json',
      'cargo update -p google-cloud-auth',
      'On ECS and EKS run `rolebridge credentials serve` beside the workload (docs/use/ecs.md, docs/use/eks.md).',
    ],
    source: 'https://github.com/yoshidan/google-cloud-rust/issues/233',
  },
  {
    id: 'token-url-missing',
    link: 'credential-config',
    phrases: [
      'credentials are missing token_url',
      'json key is missing the token_url field',
      'missing token_url',
    ],
    // These belong to another kind of OAuth client.
    unless: ['client_id', 'client_secret'],
    example: 'Error: The provided JSON credentials are missing token_url',
    cause:
      'The credential config has no token_url, so the library does not know where to exchange the token. Configs that rolebridge publishes always have it: this one was built by hand, or cut off.',
    next: [
      'grep token_url /etc/google-access/default.json',
      'aws ssm get-parameter --name /google-access/ROLE/default --query Parameter.Value --output text --region REGION',
      'sudo sh fetch',
    ],
    source: 'https://github.com/googleapis/google-auth-library-php/pull/662',
  },
  {
    id: 'dotnet-subject-token',
    link: 'aws-credentials',
    phrases: ['obtain the subject token for AwsExternalAccountCredential'],
    example:
      'Google.Apis.Auth.OAuth2.SubjectTokenException: An error occurred while attempting to obtain the subject token for AwsExternalAccountCredential',
    cause:
      'The .NET library found no AWS credentials or no region. The inner exception names the cause. It reads the environment and the metadata service of EC2, and not the credentials of tasks and pods.',
    next: [
      'Print InnerException of the exception, and explain that: `rolebridge explain "TEXT"`',
      'env | cut -d= -f1 | grep ^AWS_',
      'On ECS and EKS run `rolebridge credentials serve` beside the workload (docs/use/ecs.md, docs/use/eks.md).',
    ],
    source: 'https://github.com/googleapis/google-api-dotnet-client/issues/2250',
  },
  {
    id: 'php-no-credentials-url',
    link: 'aws-credentials',
    phrases: [
      'Unable to get credentials from ENV, and no security credentials URL provided',
      'Unable to get credentials from ENV or container credentials, and no security credentials URL provided',
    ],
    example: 'LogicException: Unable to get credentials from ENV, and no security credentials URL provided',
    cause:
      'The PHP library found no AWS credentials in the environment, and the config has no credential_source.url. It does not read the credentials of tasks (ECS) and pods (EKS).',
    next: [
      'On ECS and EKS run `rolebridge credentials serve` beside the workload, and use the config that `rolebridge credentials config` prints.',
      'On EC2, use the published config, which has the URL: `sudo sh fetch`',
      'env | cut -d= -f1 | grep ^AWS_',
    ],
    source: 'https://github.com/googleapis/google-auth-library-php/pull/659',
  },
];
