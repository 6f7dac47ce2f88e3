import type { KnownError } from './known-error.ts';
import { intoTheEnvironment } from './metadata.ts';

const nodeSupplier =
  'https://github.com/googleapis/google-cloud-node/blob/main/core/packages/google-auth-library-nodejs/src/auth/defaultawssecuritycredentialssupplier.ts';

/** Which AWS credentials the library signs with, and for which region. */
export const awsErrors: readonly KnownError[] = [
  {
    id: 'no-instance-role',
    link: 'aws-credentials',
    phrases: [
      'Unable to retrieve AWS role name',
      'Unable to determine AWS role name',
      'Unable to determine the AWS IAM role name',
      'Unable to determine the AWS metadata server security credentials endpoint',
      'Failed to retrieve AWS IAM role',
      'this instance has no IAM role; attach an instance profile',
    ],
    example: 'google.auth.exceptions.RefreshError: Unable to retrieve AWS role name 404 - Not Found',
    cause:
      "The library found no AWS credentials. The instance has no role, or this is a container (ECS, EKS, Fargate): Google's libraries read the environment and EC2's metadata service, and not the credentials of tasks and pods.",
    next: [
      'aws sts get-caller-identity',
      'On EC2: `aws ec2 associate-iam-instance-profile --instance-id INSTANCE_ID --iam-instance-profile Name=INSTANCE_PROFILE`',
      intoTheEnvironment,
    ],
    source: 'https://github.com/googleapis/google-auth-library-python/issues/1364',
  },
  {
    id: 'no-instance-credentials',
    link: 'aws-credentials',
    phrases: [
      'Unable to retrieve AWS security credentials',
      'Failed to retrieve AWS credentials',
      'missing AccessKeyId credential',
      'missing SecretAccessKey credential',
      'rolebridge: there are no credentials for role',
    ],
    example: 'credentials: unable to retrieve AWS security credentials - 404 - Not Found',
    cause:
      'The metadata service names a role but gives no credentials for it. The instance profile is new (wait a minute), its role was deleted and made again, or something else answers at 169.254.169.254 (kube2iam, a proxy).',
    next: [
      'TOKEN=$(curl -sX PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token); curl -sH "X-aws-ec2-metadata-token: $TOKEN" http://169.254.169.254/latest/meta-data/iam/info',
      'aws iam get-instance-profile --instance-profile-name INSTANCE_PROFILE',
    ],
    source:
      'https://github.com/googleapis/google-cloud-go/blob/main/auth/credentials/internal/externalaccount/aws_provider.go',
  },
  {
    id: 'clock-wrong',
    link: 'aws-credentials',
    phrases: [
      'Signature expired: … is now earlier than',
      'Signature not yet current: … is still later than',
      'Received invalid AWS response of type SignatureDoesNotMatch with error message: Signature expired: … is now earlier than',
      'Received invalid AWS response of type SignatureDoesNotMatch with error message: Signature not yet current: … is still later than',
      '(SignatureDoesNotMatch) when calling the GetCallerIdentity operation: Signature expired: … is now earlier than',
      'rolebridge: Parameter Store at … cannot be read: the clock of this instance is wrong',
    ],
    example:
      'An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation: Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z (20220127T015928Z - 15 min.)',
    cause:
      'The clock of this machine is wrong by more than AWS allows, so its signatures are too old or too new.',
    next: [
      'timedatectl status',
      'chronyc tracking',
      'Let chrony follow 169.254.169.123 (EC2) or time.google.com: `sudo systemctl restart chronyd`',
    ],
    source: 'https://github.com/aws/aws-cli/issues/6676',
  },
  {
    id: 'signature-does-not-match',
    link: 'aws-credentials',
    phrases: [
      'The request signature we calculated does not match the signature you provided',
      'Received invalid AWS response of type SignatureDoesNotMatch with error message: The request signature we calculated does not match the signature you provided',
    ],
    example:
      "google.auth.exceptions.OAuthError: ('Error code invalid_grant: Received invalid AWS response of type SignatureDoesNotMatch with error message: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.')",
    cause:
      'AWS does not accept the signature that Google sent on. The secret key in the environment is not that of the access key (often a stray AWS_SECRET_ACCESS_KEY, or a line break in it), a proxy changed the request, or the library is too old.',
    next: [
      'env | cut -d= -f1 | grep ^AWS_',
      'aws sts get-caller-identity',
      'On EC2: `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN`',
      "Update Google's auth library.",
    ],
    source: 'https://github.com/googleapis/google-auth-library-python/issues/844',
  },
  {
    id: 'aws-token-expired',
    link: 'aws-credentials',
    phrases: ['The security token included in the request is expired'],
    example:
      'ExpiredTokenException: The security token included in the request is expired status code: 400, request id: xxx-xxx-xxx',
    cause:
      'The AWS credentials in the environment have ended. Variables that were exported once are not renewed, and the library prefers them to the role of the instance.',
    next: [
      'On EC2: `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN`',
      intoTheEnvironment,
      'aws sts get-caller-identity',
    ],
    source: 'https://github.com/awslabs/ssosync/issues/187',
  },
  {
    id: 'aws-token-invalid',
    link: 'aws-credentials',
    phrases: ['The security token included in the request is invalid'],
    example:
      'operation error STS: GetCallerIdentity, https response error StatusCode: 403, api error InvalidClientTokenId: The security token included in the request is invalid',
    cause:
      'AWS does not know these credentials. The access key was deleted, AWS_SESSION_TOKEN is missing or of other keys, or the region is one that the account has not enabled.',
    next: [
      'aws sts get-caller-identity',
      'Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN together, or none of them.',
      'aws account get-region-opt-status --region-name REGION',
    ],
    source: 'https://github.com/hashicorp/terraform-provider-aws/issues/38607',
  },
  {
    id: 'outbound-federation-disabled',
    link: 'aws-credentials',
    phrases: [
      'OutboundWebIdentityFederationDisabled',
      'The outbound web identity federation feature is not enabled for this account',
    ],
    example:
      'An error occurred (OutboundWebIdentityFederationDisabled) when calling the GetWebIdentityToken operation: The outbound web identity federation feature is not enabled for this account.',
    cause:
      'Something asked AWS for a web identity token (GetWebIdentityToken), and the account has not enabled that. The configs that rolebridge publishes do not need it: they sign GetCallerIdentity.',
    next: [
      'Use the config that rolebridge published: `aws ssm get-parameter --name /google-access/ROLE/default --query Parameter.Value --output text --region REGION`',
      'Only if you want such tokens: `aws iam enable-outbound-web-identity-federation`',
    ],
    source:
      'https://docs.aws.amazon.com/botocore/latest/reference/services/sts/client/exceptions/OutboundWebIdentityFederationDisabledException.html',
  },
  {
    id: 'no-aws-region',
    link: 'aws-region',
    phrases: [
      'Unable to determine AWS region',
      'Unable to determine the AWS region',
      'Unable to retrieve AWS region',
      'Failed to retrieve AWS region',
      'No AWS region is configured. Set AWS_REGION',
      'rolebridge: the instance metadata service does not name the region',
    ],
    example: 'Unable to determine AWS region due to missing "options.credential_source.region_url"',
    cause:
      'The library does not know for which AWS region to sign. Outside EC2 it needs AWS_REGION, which is not set.',
    next: [
      'export AWS_REGION=REGION',
      'For ECS, EKS and systemd: set AWS_REGION where the other variables of the process are set.',
    ],
    source: nodeSupplier,
  },
  {
    id: 'aws-region-wrong',
    link: 'aws-region',
    phrases: ['Credential should be scoped to a valid region'],
    example:
      '<Error> <Type>Sender</Type> <Code>SignatureDoesNotMatch</Code> <Message>Credential should be scoped to a valid region. </Message> </Error>',
    cause:
      'The request was signed for a region that is not the one of the STS that was asked. AWS_REGION is not a region, or the instance is in a Local Zone: libraries make the region of the zone by dropping one letter, which is wrong there.',
    next: [
      'aws configure list',
      'In a Local Zone, name its region (us-west-2 for us-west-2-lax-1a): `export AWS_REGION=REGION`',
    ],
    source: 'https://github.com/namecheap/node-vault-client/issues/25',
  },
  {
    id: 'no-aws-credentials',
    link: 'aws-credentials',
    phrases: [
      'Unable to locate credentials',
      'no EC2 IMDS role found … 404 … request to EC2 IMDS failed',
      'no EC2 instance role found',
    ],
    example: 'cloud-init: fatal error: Unable to locate credentials',
    cause:
      'AWS finds no credentials here. At boot, the instance profile may be some seconds late; cloud-init does not wait for it. Otherwise the instance has no role, or the program runs as another user or in a container.',
    next: [
      'aws sts get-caller-identity',
      'aws ec2 associate-iam-instance-profile --instance-id INSTANCE_ID --iam-instance-profile Name=INSTANCE_PROFILE',
      'In user data, run boot/fetch, which waits for the credentials, in place of aws ssm (docs/use/ec2.md).',
    ],
    source: 'https://github.com/shinesolutions/aem-aws-stack-builder/issues/460',
  },
  {
    id: 'signature-incomplete',
    link: 'aws-credentials',
    phrases: [
      'IncompleteSignatureException',
      '(IncompleteSignature) when calling',
      'AWS response of type IncompleteSignature',
      '<Code>IncompleteSignature</Code>',
    ],
    example:
      "IncompleteSignatureException: '20210706/us-east-2/sts/aws4_request' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential=…, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=…'.",
    cause:
      'AWS cannot read the signature. An access key or a session token in the environment holds a space or a line break, or a program that signs by itself (or a proxy) leaves out a header such as x-amz-security-token.',
    next: [
      'Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN again, without a space or a line break.',
      'aws sts get-caller-identity',
      "Use Google's client library, which signs every header, with the published config.",
    ],
    source: 'https://github.com/jenkinsci/aws-credentials-plugin/issues/72',
  },
  {
    id: 'answer-not-from-aws',
    link: 'api',
    phrases: [
      'is not from AWS (it has no error code or no request id)',
      'Deserialization error: to see the raw response, inspect the hidden field',
    ],
    example:
      'asking STS who we are: the answer (HTTP 403) is not from AWS (it has no error code or no request id): a proxy, a gateway or a wrong endpoint answered.',
    cause:
      'Something between here and AWS answers, often with a page in HTML, or AWS_ENDPOINT_URL names a server that does not serve this service. rolebridge concludes nothing from such an answer.',
    next: [
      'Look for AWS_ENDPOINT_URL and for the variables of a proxy in the environment, and for endpoint_url in ~/.aws/config.',
      'aws sts get-caller-identity --debug',
      'Ask the owner of the proxy or firewall to let the AWS endpoints of your region through.',
    ],
    source: 'https://github.com/aws/aws-sdk-js-v3/issues/5851',
  },
];
