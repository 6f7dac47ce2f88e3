import type { KnownError } from './known-error.ts';

/** Outside EC2, Google's libraries find AWS credentials in the environment alone. */
export const intoTheEnvironment =
  'On ECS and EKS run `rolebridge credentials serve` beside the workload (docs/use/ecs.md, docs/use/eks.md). Elsewhere put the credentials into the environment of the process, again before they end: `eval "$(aws configure export-credentials --format env)"`';

const imds = '169.254.169.254';
const unreachable = [
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'timed out',
  'connect timeout',
  'i/o timeout',
  'context deadline exceeded',
  'Max retries exceeded',
  'connection refused',
  'Network is unreachable',
  'No route to host',
  'Host is down',
];

/** Why the instance metadata service gives nothing. */
export const metadataErrors: readonly KnownError[] = [
  {
    id: 'metadata-token-required',
    link: 'instance-metadata',
    phrases: [
      'Unable to retrieve AWS role name … 401 - Unauthorized',
      'Unable to retrieve AWS region … 401 - Unauthorized',
      'Failed to retrieve AWS IAM role … 401 Unauthorized',
      'Failed to retrieve AWS region … 401 Unauthorized',
    ],
    evidence: [{ host: imds, status: 401 }],
    example:
      'oauth2/google: unable to retrieve AWS role name - <?xml version="1.0" encoding="iso-8859-1"?> <html xmlns="http://www.w3.org/1999/xhtml"> <head> <title>401 - Unauthorized</title> </head> </html>',
    cause:
      'The instance wants IMDSv2, and the credential config does not name imdsv2_session_token_url, so the library asked without a token. Configs that rolebridge publishes always name it: this file came from elsewhere, or was edited. An old library does not know the setting.',
    next: [
      'grep imdsv2_session_token_url /etc/google-access/default.json',
      'sudo sh fetch',
      "Update Google's auth library.",
    ],
    source: 'https://github.com/googleapis/google-auth-library-nodejs/issues/1755',
  },
  {
    id: 'metadata-unreachable',
    link: 'instance-metadata',
    phrases: [
      'IMDSv2 hop limit',
      'put response hop limit',
      'operation error ec2imds: … deadline exceeded',
      'operation error ec2imds: … request send failed',
      'Unable to retrieve AWS Session Token',
      'Failed to retrieve AWS Session Token',
      'rolebridge: the instance metadata service at … cannot be read',
    ],
    evidence: unreachable.map((words) => ({ host: imds, words })),
    example: 'Put "http://169.254.169.254/latest/api/token": dial tcp 169.254.169.254:80: i/o timeout',
    cause:
      'The instance metadata service does not answer. In a container on EC2 the answer to the token request may make one hop only, which is too few for it. On Fargate, Lambda and in pods that are kept from it there is no such service.',
    next: [
      'On EC2, for containers: `aws ec2 modify-instance-metadata-options --instance-id INSTANCE_ID --http-put-response-hop-limit 2 --http-endpoint enabled`',
      intoTheEnvironment,
      'Set AWS_REGION as well: with both in the environment the library does not ask the metadata service.',
    ],
    source: 'https://github.com/buildkite/elastic-ci-stack-for-aws/issues/857',
  },
];
