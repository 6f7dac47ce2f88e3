import type { KnownError } from './known-error.ts';

/** Errors of the rolebridge command, and of its own sign-in. */
export const commandErrors: readonly KnownError[] = [
  {
    id: 'settings-invalid',
    link: 'guardrail',
    phrases: ['rolebridge.yml has … error:', 'rolebridge.yml has … errors:'],
    example:
      'Error: /srv/acme/rolebridge.yml has 1 error:\n  /srv/acme/rolebridge.yml:12:1: tagkey: unknown setting (did you mean tagKey?)',
    cause:
      'rolebridge.yml has errors, so no command and no function reads it. The lines below name each of them.',
    next: ['Correct the lines that the text names (docs/configuration.md).', 'rolebridge plan'],
    source: 'shared/config/config.ts',
  },
  {
    id: 'ledger-item-unreadable',
    link: 'ledger',
    phrases: ['is not one that this version of rolebridge can read'],
    example:
      "The ledger's item of role reports of account 111122223333 is not one that this version of rolebridge can read, so nothing is changed for it.",
    cause:
      'A newer version of rolebridge wrote this item of the table, or someone changed it. rolebridge changes nothing that it cannot read.',
    next: [
      'If a newer version was deployed, deploy it again: `npm run deploy`',
      'docs/operations.md, "The ledger"',
    ],
    source: 'shared/app/ledger.ts',
  },
  {
    id: 'ledger-item-full',
    link: 'ledger',
    phrases: ["The ledger's item of … is full"],
    example:
      "The ledger's item of role reports of account 111122223333 is full (200 bindings, or 390 KB). Remove tags that are no longer needed; revocations still work.",
    cause: 'One role has as many bindings as its item of the table can list. New ones are refused.',
    next: [
      'aws iam list-role-tags --role-name ROLE',
      'Remove tags that are no longer needed, or divide the work among several roles.',
    ],
    source: 'shared/app/ledger.ts',
  },
  {
    id: 'no-aws-sign-in',
    link: 'rolebridge-identity',
    phrases: ['Sign in (aws sso login)'],
    example:
      'No AWS credentials found. Sign in (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    cause: 'The rolebridge command found no AWS credentials of yours.',
    next: [
      'aws sso login',
      'With several profiles, name one: `export AWS_PROFILE=PROFILE`',
      'aws sts get-caller-identity',
    ],
    source: 'shared/adapters/aws/failure.ts',
  },
  {
    id: 'sso-session-ended',
    link: 'rolebridge-identity',
    phrases: [
      'The SSO session associated with this profile has expired',
      'The SSO session associated with this profile is invalid',
      'To refresh this SSO session run aws sso login',
      'Error loading SSO Token',
      'Error when retrieving token from sso',
    ],
    example:
      "CredentialsProviderError: Token is expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
    cause:
      'Your sign-in to AWS IAM Identity Center (SSO) has ended, or you have not signed in with this profile.',
    next: [
      'aws sso login',
      'With several profiles, name one: `aws sso login --profile PROFILE`',
      'aws sts get-caller-identity',
    ],
    source: 'https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html',
  },
  {
    id: 'no-google-sign-in',
    link: 'rolebridge-identity',
    phrases: [
      'There are no Google credentials here',
      'There are no Google credentials here … print-access-token',
    ],
    example:
      'There are no Google credentials here (Could not load the default credentials.). Run "gcloud auth application-default login", or set GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)".',
    cause: 'The rolebridge command found no Google credentials of yours.',
    next: [
      'gcloud auth application-default login',
      'Or for this shell: `export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)"`',
    ],
    source: 'shared/adapters/google/personal-identity.ts',
  },
  {
    id: 'stack-missing',
    link: 'rolebridge-identity',
    phrases: ['Deploy the stack (npm run deploy), or name another stage with --stage'],
    example:
      'There is no function rolebridge-prod-sweep in us-east-1. Deploy the stack (npm run deploy), or name another stage with --stage.',
    cause: 'In the AWS account that you are signed in to, no stack of this stage is deployed.',
    next: ['aws sts get-caller-identity', 'npm run deploy'],
    source: 'shared/adapters/aws/stack.ts',
  },
  {
    id: 'no-trusted-pool',
    link: 'credential-config',
    phrases: ['No pool is trusted, so no config can be'],
    example:
      'No pool is trusted, so no config can be. Set GOOGLE_ACCESS_POOLS (rolebridge boot --print environment prints it), or ROLEBRIDGE_CONFIG to the path of rolebridge.yml.',
    cause:
      'The command `rolebridge credentials config` uses only configs that name one of your pools, and it knows none.',
    next: [
      'Where rolebridge.yml is, print the variables: `rolebridge boot --print environment`',
      'Set them where the workload runs, and run `rolebridge credentials config` again.',
    ],
    source: 'cli/commands/credentials/config.ts',
  },
  {
    id: 'not-a-role',
    link: 'aws-credentials',
    phrases: ['which is not a role; Google trusts only roles'],
    example:
      'the credentials belong to arn:aws:iam::111122223333:user/jo, which is not a role; Google trusts only roles',
    cause:
      'The AWS credentials are those of a user or of the account. The provider admits assumed roles only, and rolebridge grants access to roles.',
    next: [
      'aws sts get-caller-identity',
      'env | cut -d= -f1 | grep ^AWS_',
      'Use credentials of the role that has the tag.',
    ],
    source: 'shared/adapters/aws/role-credentials.ts',
  },
  {
    id: 'cannot-listen',
    link: 'aws-credentials',
    phrases: [
      'another program listens there. Choose another --port',
      'this user may not listen on that port. Choose a --port above 1023',
      'Cannot listen on … this machine has no such address',
    ],
    example: 'Cannot listen on 127.0.0.1:1338: another program listens there. Choose another --port.',
    cause:
      'The command `rolebridge credentials serve` could not open its port. Often another one already serves there.',
    next: ['rolebridge credentials check', 'rolebridge credentials serve --port 1339'],
    source: 'cli/commands/credentials/metadata-server.ts',
  },
];
