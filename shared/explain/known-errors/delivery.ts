import type { KnownError } from './known-error.ts';

/** From Parameter Store to the file that the library reads. */
export const deliveryErrors: readonly KnownError[] = [
  {
    id: 'nothing-granted',
    link: 'parameter',
    phrases: ['nothing is granted to role'],
    example:
      'rolebridge: nothing is granted to role reports yet (looked under /google-access/reports in eu-west-1)',
    cause:
      'boot/fetch found no credential config for this role in this region in all the time that it may wait. Either the role has no tag, rolebridge refused it, or the region is not under regions in rolebridge.yml.',
    next: [
      'rolebridge doctor --role ROLE',
      'aws iam list-role-tags --role-name ROLE',
      'aws ssm get-parameters-by-path --path /google-access/ROLE --region REGION',
    ],
    source: 'boot/fetch',
  },
  {
    id: 'parameter-read-denied',
    link: 'parameter',
    phrases: ['is not authorized to perform: ssm:GetParameter*', 'allow it ssm:GetParametersByPath there'],
    example:
      'An error occurred (AccessDeniedException) when calling the GetParametersByPath operation: User: arn:aws:sts::111122223333:assumed-role/reports/i-0abc is not authorized to perform: ssm:GetParametersByPath on resource: arn:aws:ssm:eu-west-1:111122223333:parameter/google-access/reports because no identity-based policy allows the ssm:GetParametersByPath action',
    cause:
      'The role may not read its own parameters. AmazonSSMManagedInstanceCore does not allow GetParametersByPath.',
    next: [
      'rolebridge boot --print policy --role ROLE',
      'Attach what it prints to the role. For GetParameter, allow it on arn:aws:ssm:REGION:AWS_ACCOUNT:parameter/google-access/ROLE/default.',
      'aws ssm get-parameters-by-path --path /google-access/ROLE --region REGION',
    ],
    source: 'https://github.com/aws-ia/terraform-aws-control_tower_account_factory/issues/174',
  },
  {
    id: 'parameter-not-found',
    link: 'parameter',
    phrases: [
      '(ParameterNotFound) when calling',
      'ParameterNotFound: null',
      'ParameterNotFound: UnknownError',
    ],
    example: 'An error occurred (ParameterNotFound) when calling the GetParameter operation:',
    cause:
      'There is no parameter of this name in this region. The name is /google-access/ROLE/GRANT, the grant without a name is "default", and ROLE is in lower case, with a dot written as two dots and + = , @ as .2b .3d .2c .40.',
    next: [
      'aws ssm get-parameters-by-path --path /google-access/ROLE --region REGION',
      'rolebridge doctor --role ROLE',
    ],
    source: 'https://github.com/awslabs/aws-simple-cicd/issues/10',
  },
  {
    id: 'parameter-store-throttled',
    link: 'parameter',
    phrases: [
      '(ThrottlingException) when calling the GetParameter*',
      'SSM: GetParameter … ThrottlingException: Rate exceeded',
      'rolebridge: Parameter Store at … cannot be read: HTTP 400 ThrottlingException',
      'rolebridge: Parameter Store at … cannot be read: aws says ThrottlingException',
    ],
    example:
      'operation error SSM: GetParameter, exceeded maximum number of attempts, 3, https response error StatusCode: 400, RequestID: 12f20059-7cd2-48f9-a38f-7078327f8fa8, api error ThrottlingException: Rate exceeded',
    cause:
      'Too many reads of Parameter Store at the same time: all callers of an account and region share about 40 a second. Many instances that boot together reach that limit.',
    next: [
      'boot/fetch tries again by itself for five minutes. If that is not enough: `GOOGLE_ACCESS_WAIT_SECONDS=900`',
      'aws ssm update-service-setting --setting-id /ssm/parameter-store/high-throughput-enabled --setting-value true --region REGION',
    ],
    source: 'https://github.com/anomalyco/ion/issues/1138',
  },
  {
    id: 'parameter-store-unreachable',
    link: 'parameter',
    phrases: ['rolebridge: Parameter Store at … cannot be read'],
    example:
      'rolebridge: Parameter Store at https://ssm.eu-west-1.amazonaws.com cannot be read: no answer in time',
    cause:
      'boot/fetch got no good answer from SSM in all the time that it may wait. The instance has no way to it (no NAT, no VPC endpoint, a security group), or SSM is in trouble.',
    next: [
      'curl -sS -o /dev/null -w "%{http_code}" https://ssm.REGION.amazonaws.com/',
      'In a subnet without internet: make a VPC endpoint for com.amazonaws.REGION.ssm.',
    ],
    source: 'boot/fetch',
  },
  {
    id: 'config-refused',
    link: 'parameter',
    phrases: ['is not a … that rolebridge publishes:'],
    example:
      'rolebridge: /google-access/reports/default is not a config that rolebridge publishes: "token_url" is https://sts.example.com/v1/token, which is not at an endpoint of Google or of GOOGLE_ACCESS_TRUSTED_ENDPOINTS. It is not used',
    cause:
      'A parameter is not exactly in the form that rolebridge publishes, or a config names a pool, a provider or an endpoint that this script was not given. Either someone changed the parameter, or rolebridge.yml has changed since the script was printed. The file that was there stays.',
    next: [
      'aws ssm get-parameter-history --name /google-access/ROLE/default --region REGION',
      'If the pool, provider or endpoint is yours, print the script again: rolebridge boot --print script (for containers: --print environment).',
      'If it is not, treat it as an attack; then untag and tag the role.',
    ],
    source: 'boot/fetch',
  },
  {
    id: 'curl-too-old',
    link: 'parameter',
    phrases: ['rolebridge: curl is too old to sign requests for AWS'],
    example: 'rolebridge: curl is too old to sign requests for AWS; 7.75 or later is needed',
    cause: 'boot/fetch signs with curl, and the curl of this image cannot.',
    next: [
      'Install curl 7.75 or later.',
      'Or install the AWS command line: boot/fetch uses it where curl cannot sign.',
    ],
    source: 'boot/fetch',
  },
  {
    id: 'file-not-written',
    link: 'parameter',
    phrases: [
      'rolebridge: cannot write … is the disk full or read-only?',
      'rolebridge: cannot write … is the disk full, read-only, or a folder in its place?',
      'rolebridge: cannot make the folder',
      'rolebridge: cannot remove … whose grant is gone',
    ],
    example:
      'rolebridge: cannot write /etc/google-access/default.json; is the disk full, read-only, or a folder in its place?',
    cause:
      'boot/fetch has the config and cannot put it into its folder; what was there before stays. The disk is full or read-only, boot/fetch does not run as root, or Docker made a folder of that name when it mounted a file that was not there yet.',
    next: [
      'df -h /etc/google-access',
      'ls -la /etc/google-access/',
      'For containers, mount the whole folder /etc/google-access, and not a file of it.',
    ],
    source: 'boot/fetch',
  },
  {
    id: 'no-aws-account',
    link: 'parameter',
    phrases: ['rolebridge: the instance identity document of … does not name the AWS account'],
    example:
      'rolebridge: the instance identity document of http://169.254.169.254 does not name the AWS account',
    cause:
      'boot/fetch accepts only configs for the AWS account of the instance, and reads the account from the instance identity document. EC2 always serves it; a program that stands in for the metadata service may not.',
    next: [
      'curl -s -H "X-aws-ec2-metadata-token: $(curl -sX PUT -H \'X-aws-ec2-metadata-token-ttl-seconds: 60\' http://169.254.169.254/latest/api/token)" http://169.254.169.254/latest/dynamic/instance-identity/document',
      'Not on EC2: use rolebridge credentials serve and rolebridge credentials config instead.',
    ],
    source: 'boot/fetch',
  },
  {
    id: 'fetch-variable-wrong',
    link: 'parameter',
    phrases: [
      'may hold letters, digits and _ . / - only',
      'GOOGLE_ACCESS_DIR must begin with /',
      'GOOGLE_ACCESS_WAIT_SECONDS and GOOGLE_ACCESS_REQUEST_SECONDS must be whole numbers',
      'GOOGLE_ACCESS_POOLS is not set, so no config can be trusted',
      'rolebridge: GOOGLE_ACCESS_POOLS:',
      'rolebridge: GOOGLE_ACCESS_PROVIDERS:',
      'rolebridge: GOOGLE_ACCESS_TRUSTED_ENDPOINTS:',
      'must be an origin such as http://169.254.169.254',
      'must be an origin such as https://ssm.eu-west-1.amazonaws.com',
      'GOOGLE_ACCESS_PREFIX must be a path such as /google-access',
      'GOOGLE_ACCESS_REQUEST_SECONDS must be at least 1',
      'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE must be IPv4 or IPv6',
      'rolebridge: AWS_EC2_METADATA_DISABLED is true',
      'rolebridge: … must be true or false, not',
    ],
    example: 'rolebridge: GOOGLE_ACCESS_DIR must begin with /, unlike google-access',
    cause: 'A variable in the environment of boot/fetch is missing, or has a form that it cannot use.',
    next: ['systemctl cat google-access.service', "env | grep -E 'GOOGLE_ACCESS|AWS_'"],
    source: 'boot/fetch',
  },
  {
    id: 'no-default-credentials',
    link: 'credential-config',
    phrases: [
      'Could not load the default credentials',
      'Your default credentials were not found',
      'could not find default credentials. See',
      'The Application Default Credentials are not available',
    ],
    example:
      'google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found. To set up Application Default Credentials, see https://cloud.google.com/docs/authentication/external/set-up-adc for more information.',
    cause:
      'The library does not know where the credential config is. GOOGLE_APPLICATION_CREDENTIALS is not set in the environment of this process; a service does not see what a shell exports.',
    next: [
      'ls -l /etc/google-access/',
      'export GOOGLE_APPLICATION_CREDENTIALS=/etc/google-access/default.json',
      'For a systemd unit: `Environment=GOOGLE_APPLICATION_CREDENTIALS=/etc/google-access/default.json`',
    ],
    source: 'https://github.com/google-gemini/gemini-api-quickstart/issues/18',
  },
  {
    id: 'credential-file-missing',
    link: 'credential-config',
    phrases: [
      'does not exist, or it is not a file',
      'DefaultCredentialsError: File … was not found',
      'Error reading credential file from environment variable … File does not exist',
    ],
    example:
      'Unable to read the credential file specified by the GOOGLE_APPLICATION_CREDENTIALS environment variable: The file at /etc/google-access/default.json does not exist, or it is not a file. ENOENT: no such file or directory',
    cause:
      'GOOGLE_APPLICATION_CREDENTIALS names a file that is not there. boot/fetch has not run, or failed, or the grant has another name than the file.',
    next: ['ls -l /etc/google-access/', 'sudo sh fetch', 'rolebridge doctor --role ROLE'],
    source:
      'https://github.com/googleapis/google-cloud-node/blob/main/core/packages/google-auth-library-nodejs/src/auth/googleauth.ts',
  },
  {
    id: 'credential-file-not-json',
    link: 'credential-config',
    phrases: [
      'DefaultCredentialsError: … is not a valid json file',
      'specified by the GOOGLE_APPLICATION_CREDENTIALS environment variable: Unexpected',
      'specified by the GOOGLE_APPLICATION_CREDENTIALS environment variable: … is not valid JSON',
    ],
    example:
      "google.auth.exceptions.DefaultCredentialsError: ('File /etc/google-access/default.json is not a valid json file.', JSONDecodeError('Expecting value: line 1 column 1 (char 0)'))",
    cause:
      "The credential config is there and is not JSON. It is empty, cut off, or holds the whole answer of AWS instead of the parameter's value.",
    next: [
      'sudo sh fetch',
      'Without boot/fetch, write the value alone: `aws ssm get-parameter --name /google-access/ROLE/default --query Parameter.Value --output text --region REGION`',
    ],
    source:
      'https://github.com/googleapis/google-cloud-python/blob/main/packages/google-auth/google/auth/_default.py',
  },
  {
    id: 'credential-file-wrong-type',
    link: 'credential-config',
    phrases: [
      'does not have a valid type. Type is',
      'The incoming JSON object does not contain a client_email field',
      'Expected "external_account" type but received',
      "No valid AWS 'credential_source' provided",
    ],
    example:
      "The file /etc/google-access/default.json does not have a valid type. Type is None, expected one of ('authorized_user', 'service_account', 'external_account').",
    cause:
      'The file is JSON but no credential config for AWS: its type must be external_account with an AWS credential_source. It is a key file, another file, or was edited.',
    next: [
      'aws ssm get-parameter --name /google-access/ROLE/default --query Parameter.Value --output text --region REGION',
      'sudo sh fetch',
    ],
    source:
      'https://github.com/googleapis/google-cloud-python/blob/main/packages/google-auth/google/auth/_default.py',
  },
  {
    id: 'library-too-old',
    link: 'credential-config',
    phrases: ["'type' value 'external_account' not recognized", 'Missing keys: private_key, token_uri'],
    example:
      "Error reading credentials from stream, 'type' value 'external_account' not recognized. Expecting 'authorized_user' or 'service_account'",
    cause:
      'The file is right, but this program knows service account keys only. Its Google library is too old, or reads keys by itself.',
    next: [
      "Update Google's auth library: releases since 2022 know workload identity federation.",
      'If the program wants a key file only, give it a token instead: `gcloud auth login --cred-file=/etc/google-access/default.json && gcloud auth print-access-token`',
    ],
    source: 'https://github.com/StarRocks/starrocks/issues/64341',
  },
  {
    id: 'parameter-name-reserved',
    link: 'parameter',
    phrases: [
      'Parameter name: can\'t be prefixed with "ssm"',
      "The parameter doesn't meet the parameter name requirements",
      'No access to reserved parameter name',
    ],
    example:
      'ValidationException: Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    cause:
      'Parameter Store refuses the name. It reserves names that begin with aws or ssm, and AWS shows the same text for a space, an @ and any other character that a name cannot have, and for a path without its first slash.',
    next: [
      'The prefix of rolebridge.yml must begin with /, and not with /aws or /ssm (docs/configuration.md).',
      'In the path of a role, + = , @ are written as .2b .3d .2c .40, and a dot as two dots: /google-access/ROLE/default',
    ],
    source: 'https://github.com/aws/aws-sdk-php/issues/1952',
  },
];
