/** Error texts that people pasted into public threads, each with its address. The texts are shortened to the error itself. */
export interface Wording {
  readonly id: string;
  readonly text: string;
  readonly seenAt: string;
}

const github = (thread: string): string => `https://github.com/${thread}`;

export const wordings: readonly Wording[] = [
  {
    id: 'perimeter-refuses',
    text: "googleapi: Error 403: Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: VQQnKfXtZ16NHnOmdJAy0E92tVT_8fZZRGvnndBWXZLKFx_KItn1EA",
    seenAt: github('GoogleCloudPlatform/terraform-google-cloud-functions/issues/109'),
  },
  {
    id: 'perimeter-refuses',
    text: "Permanent error, with a last message of:\nVPC Service Controls: Request is prohibited by organization's policy.\nvpcServiceControlsUniqueIdentifier: XlFLBBM_Wstu6u3Qn5s1K-u9iaDLZTwFIULqFOU_n_uPOdTr...",
    seenAt: github('hafenkran/duckdb-bigquery/issues/203'),
  },
  {
    id: 'perimeter-refuses',
    text: `{
  "error": {
    "code": 403,
    "message": "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: eYhDkfYCu",
    "status": "PERMISSION_DENIED",
    "details": [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SECURITY_POLICY_VIOLATED"
      }
    ]
  }
}`,
    seenAt: github('cloudquery/cloudquery/issues/1062'),
  },
  {
    id: 'reauthentication-needed',
    text: '400 - {"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_uri":"https://support.google.com/a/answer/9368756","error_subtype":"invalid_rapt"}',
    seenAt: github('cline/cline/issues/4080'),
  },
  {
    id: 'reauthentication-needed',
    text: 'blobfile: error message=unexpected status 400, request=<Request method=POST url=https://www.googleapis.com/oauth2/v4/token params=None>, status=400, error=invalid_grant, error_description=reauth related error (invalid_rapt), error_headers=Expires: Mon, 01 Jan 1990 00:00:00 GMT',
    seenAt: github('anthropics/blobfile/pull/2'),
  },
  {
    id: 'instance-role-not-assumable',
    text: `ubuntu@i-7b4dc7eb:~$ curl http://169.254.169.254/latest/meta-data/iam/security-credentials/testing-node-role
{
  "Code" : "AssumeRoleUnauthorizedAccess",
  "Message" : "EC2 cannot assume the role testing-node-role.  Please see documentation at http://docs.amazonwebservices.com/IAM/latest/UserGuide/RolesTroubleshooting.html.",
  "LastUpdated" : "2016-07-11T18:09:39Z"
}`,
    seenAt: github('aws/aws-cli/issues/2060'),
  },
  {
    id: 'instance-role-not-assumable',
    text: 'The iam/security-credentials/[role-name] document indicates "Code":"AssumeRoleUnauthorizedAccess"',
    seenAt: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html',
  },
  {
    id: 'pod-identity-denied',
    text: ' failed to refresh cached credentials, failed to load credentials,\nUnauthorized Exception! EKS does not have permissions to assume the associated role., fault: client',
    seenAt: github('aws/eks-pod-identity-agent/issues/139'),
  },
  {
    id: 'scopes-missing',
    text: 'oauth2/google: status code 400: {\n  "error": {\n    "code": 400,\n    "message": "Request contains an invalid argument.",\n    "status": "INVALID_ARGUMENT"\n  }\n}',
    seenAt: github('golang/oauth2/issues/537'),
  },
  {
    id: 'scopes-missing',
    text: String.raw`{
  "errorMessage": "('Unable to acquire impersonated credentials', '{\\n  \"error\": {\\n    \"code\": 400,\\n    \"message\": \"Request contains an invalid argument.\",\\n    \"status\": \"INVALID_ARGUMENT\"\\n  }\\n}\\n')",
  "errorType": "RefreshError",
  "requestId": "",
  "stackTrace": [
    "  File \"/var/lang/lib/python3.10/importlib/__init__.py\", line 126, in import_module\n    return _bootstrap._gcd_import(name[level:], package, level)\n"`,
    seenAt: github('googleapis/google-cloud-python/issues/15186'),
  },
  {
    id: 'dotnet-subject-token',
    text: `{
  "errorType": "SubjectTokenException",
  "errorMessage": "An error occurred while attempting to obtain the subject token for AwsExternalAccountCredential",
  "stackTrace": [
    "at Google.Apis.Auth.OAuth2.ExternalAccountCredential.GetSubjectTokenAsync(CancellationToken taskCancellationTokne)",
    "--- End of stack trace from previous location ---"
  ]
}`,
    seenAt: github('googleapis/google-api-dotnet-client/issues/2250'),
  },
  {
    id: 'dotnet-subject-token',
    text: '"errorMessage": "An error occurred while attempting to obtain the subject token for AwsExternalAccountCredential",',
    seenAt: github('googleapis/google-api-dotnet-client/issues/2033'),
  },
  {
    id: 'php-no-credentials-url',
    text: String.raw`LogicException: Unable to get credentials from ENV, and no security credentials URL provided
  at Google\Auth\CredentialSource\AwsNativeSource::fetchSubjectToken`,
    seenAt: github('googleapis/google-auth-library-php/pull/659'),
  },
  {
    id: 'php-no-credentials-url',
    text: 'Unable to get credentials from ENV, and no security credentials URL provided',
    seenAt: github('googleapis/google-auth-library-php/pull/462'),
  },
  {
    id: 'external-account-unknown',
    text: 'obstore.exceptions.GenericError: Generic GCS error: Unable to decode service account file: unknown variant `external_account`, expected `service_account` or `authorized_user` at line 1 column 26',
    seenAt: github('developmentseed/obstore/issues/605'),
  },
  {
    id: 'external-account-unknown',
    text: 'icechunk.IcechunkError: storage error: unknown storage error: Generic GCS error: Unable to decode service account file: unknown variant `external_account`, expected `service_account` or `authorized_user` at line 1 column 26\n/opt/hostedtoolcache/Python/3.11.11/x64/lib/python3.11/site-packages/icechunk/storage.py:147: IcechunkError',
    seenAt: github('earth-mover/icechunk/issues/752'),
  },
  {
    id: 'external-account-unknown',
    text: 'E       RuntimeError: lance error: LanceError(IO): Generic GCS error: Unable to decode service account file: unknown variant `external_account`, expected `service_account` or `authorized_user` at line 1 column 26, /root/.cargo/git/checkouts/lance-b31243ab5673a03e/33634d3/rust/lance-io/src/object_store.rs:967:25',
    seenAt: github('lance-format/lance/issues/3647'),
  },
  {
    id: 'token-source-unsupported',
    text: 'Error: external account error : Unsupported Subject Token Source',
    seenAt: github('yoshidan/google-cloud-rust/issues/233'),
  },
  {
    id: 'subject-token-malformed',
    text: String.raw`Invalid format of AWS credentials:Error at line 0:0: Unexpected end of stream : expected \'{\'\\n"`,
    seenAt: github('googleapis/google-api-python-client/issues/1136'),
  },
  {
    id: 'subject-token-malformed',
    text: '“error_description”: "AWS request has invalid format."',
    seenAt:
      'https://discuss.google.dev/t/federating-into-gcp-via-aws-sts-token-api-fails-with-aws-request-has-invalid-format-despite-following-gcp-docs-exactly/244519',
  },
  {
    id: 'metadata-unreachable',
    text: String.raw`Error: connect ETIMEDOUT 169.254.169.254:80\n    at TCPConnectWrap.afterConnect [as oncomplete] (net.js:1141:16)
{\n  message: 'Missing credentials in config, if using AWS_CONFIG_FILE, set AWS_SDK_LOAD_CONFIG=1',\n
errno: 'ETIMEDOUT',\n  code: 'CredentialsError',\n
syscall: 'connect',\n  address: '169.254.169.254',\n  port: 80,\n  time: 2020-07-15T08:28:51.595Z,\n`,
    seenAt: github('aws/aws-sdk-js/issues/3348'),
  },
  {
    id: 'metadata-unreachable',
    text: 'Error: connect EHOSTUNREACH 169.254.169.254:80 - Local (192.168.178.134:51835)\n    at Object.exports._errnoException (util.js:856:11)',
    seenAt: github('ashiina/lambda-local/issues/45'),
  },
  {
    id: 'metadata-unreachable',
    text: "cloud-init[3385]: 2024-06-20 21:51:32,724 - url_helper.py[WARNING]: Exception(s) [UrlError(\"HTTPConnectionPool(host='169.254.169.254', port=80): Max retries exceeded with url: /latest/api/token (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f77e8ee3ac0>: Failed to establish a new connection: [Errno 101] Network is unreachable'))\")]",
    seenAt: github('ansible-lockdown/AMAZON2023-CIS/issues/80'),
  },
  {
    id: 'metadata-unreachable',
    text: 'Error retrieving credentials from the instance profile metadata service. (cURL error 28: Connection timed out after 1001 milliseconds (see https://curl.haxx.se/libcurl/c/libcurl-errors.html) for http://169.254.169.254/latest/meta-data/iam/security-credentials/)',
    seenAt: github('aws/aws-sdk-php/issues/2541'),
  },
  {
    id: 'metadata-unreachable',
    text: 'curl: (7) Failed connect to 169.254.169.254:80; Connection timed out',
    seenAt: github('OpenNebula/addon-context-linux/issues/62'),
  },
  {
    id: 'metadata-unreachable',
    text: '    Error: no EC2 IMDS role found, operation error ec2imds: GetMetadata, canceled, context deadline exceeded',
    seenAt: github('pulumi/pulumi/issues/10303'),
  },
  {
    id: 'metadata-token-required',
    text: '`169.254.169.254/latest/meta-data/iam/security-credentials/` will return 401 error',
    seenAt: github('jcberquist/aws-cfml/issues/92'),
  },
  {
    id: 'no-aws-credentials',
    text: 'cloud-init: + aws s3 cp s3://aem-aws-stack-builder/stack-init.sh /opt/shinesolutions/stack-init.sh\ncloud-init: fatal error: Unable to locate credentials',
    seenAt: github('shinesolutions/aem-aws-stack-builder/issues/460'),
  },
  {
    id: 'no-aws-credentials',
    text: 'Unable to locate credentials. You can configure credentials by running "aws configure".',
    seenAt: github('aws/aws-cli/issues/4684'),
  },
  {
    id: 'no-aws-credentials',
    text: '│ Error: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, http response error StatusCode: 404, request to EC2 IMDS failed\n│ \n╵',
    seenAt: github('hashicorp/terraform-provider-aws/issues/34234'),
  },
  {
    id: 'no-aws-credentials',
    text: `╷
│ Error: error configuring Terraform AWS Provider: no valid credential sources for Terraform AWS Provider found.
│
│ Error: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, http response error StatusCode: 404, request to EC2 IMDS failed
│
│   with provider["registry.terraform.io/hashicorp/aws"],
╵`,
    seenAt: github('clong/DetectionLab/issues/818'),
  },
  {
    id: 'no-aws-credentials',
    text: 'amazon-ssm-agent[3586]: 2020-07-23 22:19:21 ERROR Health ping failed with error - EC2RoleRequestError: no EC2 instance role found\namazon-ssm-agent[3586]: caused by: EC2MetadataError: failed to make EC2Metadata request',
    seenAt: github('aws/amazon-ssm-agent/issues/292'),
  },
  {
    id: 'service-account-missing',
    text: 'ERROR: (gcloud.projects.add-iam-policy-binding) INVALID_ARGUMENT: Service account thorstenstaerk-search-compute@developer.gserviceaccount.com does not exist.',
    seenAt: github('GoogleCloudPlatform/generative-ai/issues/944'),
  },
  {
    id: 'service-account-missing',
    text: 'Error: Error applying IAM policy for pubsub topic "projects/measurecamp-stockholm/topics/ga4_export_complete": Error setting IAM policy for pubsub topic "projects/measurecamp-stockholm/topics/ga4_export_complete": googleapi: Error 400: Service account service-802491271465@gcp-sa-logging.iam.gserviceaccount.com does not exist.',
    seenAt: github('Liscor/terraform_dataform_ga4_pipeline/issues/1'),
  },
  {
    id: 'deleted-member-inconsistent',
    text: String.raw`    "error": "error setting policy member: error applying changes: Error setting IAM policy for project \"projects/<project-id>\": googleapi: Error 400: Inconsistent representation of deleted member: 'deleted:serviceAccount:<sa-name>@<project-id>.iam.gserviceaccount.com?uid=104998493554765980505' and 'serviceAccount:<sa-name>@<project-id>.iam.gserviceaccount.com'`,
    seenAt: github('GoogleCloudPlatform/k8s-config-connector/issues/279'),
  },
  {
    id: 'member-without-type',
    text: 'API returns 400 : Policy members must be of the form "<type>:<value>"., badRequest',
    seenAt: github('hashicorp/terraform-provider-google/issues/5151'),
  },
  {
    id: 'member-without-type',
    text: "Policy members must be prefixed of the form '<type>:<value>'",
    seenAt: github('GoogleCloudPlatform/python-docs-samples/issues/11037'),
  },
  {
    id: 'policy-version-too-low',
    text: 'unable to set policy: googleapi: Error 400: Specified policy version (1) cannot be less than the existing policy version (3). For more information, please refer to https://cloud.google.com/iam/docs/policies#versions',
    seenAt: github('hashicorp/vault-plugin-secrets-gcp/issues/88'),
  },
  {
    id: 'policy-version-too-low',
    text: 'Error retrieving IAM policy for project "XXX": googleapi: Error 400: Requested policy version (1) cannot be less than the existing policy version (3). For more information, please refer to https://cloud.google.com/iam/docs/policies#versions., badRequest',
    seenAt: github('terraform-google-modules/terraform-google-iam/issues/86'),
  },
  {
    id: 'scopes-insufficient',
    text: "errors: [\n    {\n      domain: 'global',\n      reason: 'insufficientPermissions',\n      message: 'Insufficient Permission: Request had insufficient authentication scopes.'\n    }\n  ]",
    seenAt: github('m3talstorm/ymi.js/issues/1'),
  },
  {
    id: 'scopes-insufficient',
    text: String.raw`	"body": "{\n  \"error\": {\n    \"code\": 403,\n    \"message\": \"Request had insufficient authentication scopes.\",\n    \"status\": \"PERMISSION_DENIED\"\n  }\n}\n",`,
    seenAt: github('kwent/react-google-contacts/issues/6'),
  },
  {
    id: 'request-without-credentials',
    text: `Google\\Service\\Exception #401
{
"error": {
"code": 401,
"message": "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
"status": "UNAUTHENTICATED",
"details": [
{
"reason": "CREDENTIALS_MISSING",
"domain": "googleapis.com"
}
]
}
}`,
    seenAt: github('reactmore/morelab/issues/17'),
  },
  {
    id: 'request-without-credentials',
    text: 'Unhandled Exception: DetailedApiRequestError(status: 401, message: Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.)\n#0      validateResponse (package:_discoveryapis_commons/src/api_requester.dart:306:9)',
    seenAt: github('google/googleapis.dart/issues/577'),
  },
  {
    id: 'token-url-missing',
    text: 'Error: The provided JSON credentials are missing token_url',
    seenAt: github('8monkey-ai/hebo-platform/pull/87'),
  },
  {
    id: 'token-url-missing',
    text: 'InvalidArgumentException: json key is missing the token_url field',
    seenAt: github('googleapis/google-auth-library-php/pull/662'),
  },
  {
    id: 'signature-incomplete',
    text: "An error occurred (IncompleteSignature) when calling the GetCallerIdentity operation: 'AKIAVIDUC********/20200128/us-east-1/sts/aws4_request' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential=****/20200128/us-east-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=ca1c27681e5530894c813ad18b8980b06610724e0521b226f***********'.",
    seenAt: github('jenkinsci/aws-credentials-plugin/issues/72'),
  },
  {
    id: 'signature-incomplete',
    text: "arg0: IncompleteSignatureException: '/20210706/us-east-2/dynamodb/aws4_request' not a valid key=value pair (missing equal-sign) in Authorization header",
    seenAt: github('awslabs/fhir-works-on-aws-deployment/issues/379'),
  },
  {
    id: 'signature-incomplete',
    text: '* error making upstream request: received error code 400 from STS: <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n  <Error>\n    <Type>Sender</Type>\n    <Code>IncompleteSignature</Code>\n    <Message>Credential must have exactly 5 slash-delimited elements',
    seenAt: github('hashicorp/vault/issues/4939'),
  },
  {
    id: 'parameter-name-reserved',
    text: 'AWS HTTP error: Client error: `POST https://ssm.us-east-1.amazonaws.com` resulted in a `400 Bad Request` response:\nParameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol',
    seenAt: github('aws/aws-sdk-php/issues/1952'),
  },
  {
    id: 'parameter-name-reserved',
    text: 'Error: operation error SSM: PutParameter, https response error StatusCode: 400, RequestID: edd8d146-0360-47b5-b445-b4dda63bbc7e, api error ValidationException: Parameter name: can\'t be prefixed with "ssm" (case-insensitive).',
    seenAt: github('DefangLabs/defang/issues/348'),
  },
  {
    id: 'parameter-name-reserved',
    text: String.raw`"errorMessage": "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". It can't be prefixed with \\\"aws\\\" or \\\"ssm\\\" (case-insensitive).`,
    seenAt: github('aws-samples/resource-autotagger/issues/1'),
  },
  {
    id: 'duplicate-tag-keys',
    text: `Error: Error creating IAM Role test-runner-action-webhook-lambda-role: InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.
│ 	status code: 400, request id: 3ac70edf-d44a-4410-ada8-41c786a1593b`,
    seenAt: github('github-aws-runners/terraform-aws-github-runner/pull/1346'),
  },
  {
    id: 'duplicate-tag-keys',
    text: 'Duplicate tag keys found. Please note that Tag keys are case insensitive. (Service: AmazonIdentityManagement; Status Code: 400; Error Code: InvalidInput; Request ID: xxxxxx-xxxxx)',
    seenAt: github('serverless/serverless/issues/7885'),
  },
  {
    id: 'trail-not-found',
    text: 'An error occurred (TrailNotFoundException) when calling the PutEventSelectors operation: Unknown trail: xxxx .',
    seenAt: github('aws/aws-cli/issues/3048'),
  },
  {
    id: 'trail-not-found',
    text: "connection 'aws_schf': rpc error: code = Unknown desc = TrailNotFoundException: Unknown trail: arn:aws:cloudtrail:us-west-2:393097958779:trail/main for the user: 393097958779",
    seenAt: github('turbot/steampipe-plugin-aws/issues/577'),
  },
  {
    id: 'assume-role-denied',
    text: '"User: arn:aws:sts::<ACCOUNT_ID>:assumed-role/eksctl-<CLUSTER_NAME>-nodegroup-m-NodeInstanceRole-1UU8XUZSIV6RZ/i-0e5afb93460d609d2 is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::<ACCOUNT_ID>:role/eks-secretsmanager"',
    seenAt: github('external-secrets/kubernetes-external-secrets/issues/368'),
  },
  {
    id: 'assume-role-denied',
    text: String.raw`karpenter-75868b956d-hhkqd controller {"level":"FATAL","time":"2023-11-09T12:08:19.277Z","logger":"controller","message":"Checking EC2 API connectivity, AccessDenied: User: arn:aws:sts::xxxxxxxxxx:assumed-role/karpenter-manager/1699531699176343806 is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::xxxxxxxx:role/karpenter-manager\n\tstatus code: 403, request id: 57dbe300","commit":"1072d3b"}`,
    seenAt: github('aws/karpenter-provider-aws/issues/5054'),
  },
  {
    id: 'assume-role-denied',
    text: '> com.amazonaws.services.securitytoken.model.AWSSecurityTokenServiceException: User: arn:aws:sts::123456789012:assumed-role/prom-exporter/12345678-prom-exporter is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/prom-exporter (Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; Request ID: _some-uuid_)',
    seenAt: github('prometheus/cloudwatch_exporter/issues/243'),
  },
  {
    id: 'web-identity-denied',
    text: 'ClientError: An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity',
    seenAt: github('aws-samples/aws-cdk-for-emr-on-eks/issues/2'),
  },
  {
    id: 'web-identity-denied',
    text: 'failed to build LoadBalancer configuration due to failed to get AWS tags. Error: WebIdentityErr: failed to retrieve credentials\ncaused by: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity',
    seenAt: github('terraform-aws-modules/terraform-aws-eks/issues/702'),
  },
  {
    id: 'bigquery-jobs-denied',
    text: 'BigQuery error in query operation: Access Denied: Project google.com:google-cluster-data: User does not have bigquery.jobs.create permission in project google.com:google-cluster-data.',
    seenAt: github('google/cluster-data/issues/25'),
  },
  {
    id: 'bigquery-jobs-denied',
    text: 'Error: Access Denied: Project proj-x: The user mymail@domain.name does not have bigquery.jobs.create permission in project proj-x.',
    seenAt: github('r-dbi/bigrquery/issues/237'),
  },
  {
    id: 'container-credentials-unreachable',
    text: 'Thing \'[removed]\' attributes not found. err=Error when retrieving credentials from container-role: Error retrieving metadata: Received error when attempting to retrieve container metadata: Could not connect to the endpoint URL: "http://localhost:39279/2016-11-01/credentialprovider/"',
    seenAt: github('boto/botocore/issues/3353'),
  },
  {
    id: 'container-credentials-unreachable',
    text: '[ Error ] CredentialRetrievalError: Error when retrieving credentials from container-role: Error retrieving metadata: Received error when attempting to retrieve ECS metadata: Could not connect to the endpoint URL: "http://169.254.170.2/v2/credentials/f014f115-c05c-4e7e-84ec-d820da7bbc02"',
    seenAt: github('awslabs/aws-orbit-workbench/issues/1032'),
  },
  {
    id: 'container-credentials-unreachable',
    text: 'com.amazonaws.SdkClientException: Unable to load credentials from service endpoint\n    at com.amazonaws.auth.EC2CredentialsFetcher.handleError(EC2CredentialsFetcher.java:180)',
    seenAt: github('aws/aws-sdk-java/issues/1398'),
  },
  {
    id: 'container-credentials-unreachable',
    text: 'Error: Credentials could not be loaded, please check your action inputs: 169.254.170.23 is not a valid container metadata service hostname',
    seenAt: github('aws-actions/configure-aws-credentials/issues/942'),
  },
  {
    id: 'domain-restricted',
    text: `googleapi: Error 400: One or more users named in the policy do not belong to a permitted customer,  perhaps due to an organization policy.
│ 
│   with module.cloud_run_fleetrouting_app.google_cloud_run_service_iam_member.authorize[0],`,
    seenAt: github('googlemaps/js-route-optimization-app/issues/198'),
  },
  {
    id: 'library-too-old',
    text: "java.io.IOException: Error reading credentials from stream, 'type' value 'external_account' not recognized. Expecting 'authorized_user' or 'service_account'.",
    seenAt: github('GoogleCloudDataproc/hadoop-connectors/issues/671'),
  },
  {
    id: 'provider-not-there',
    text: String.raw`Error: google-github-actions/auth failed with: retry function failed with 0 attempts: failed to generate Google Cloud federated token for projects/my-project-id/locations/global/workloadIdentityPools/my-pool/providers/gh-provider: {"error":"invalid_target","error_description":"The target service indicated by the \"audience\" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn't exist."}`,
    seenAt: github('google-github-actions/auth/issues/202'),
  },
  {
    id: 'impersonation-denied',
    text: String.raw`google.auth.exceptions.RefreshError: ('Unable to acquire impersonated credentials: No access token or invalid expiration in response.', '{\n  "error": {\n    "code": 403,\n    "message": "Permission \'iam.serviceAccounts.getAccessToken\' denied on resource (or it may not exist).",\n    "status": "PERMISSION_DENIED",\n`,
    seenAt: github('mscribellito/terraform-google-workload-identity-federation/issues/4'),
  },
  {
    id: 'sso-session-ended',
    text: 'CredentialsProviderError: The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login with the corresponding profile',
    seenAt: github('aws/aws-sdk/issues/531'),
  },
  {
    id: 'sso-session-ended',
    text: '$ aws sts get-caller-identity --profile aaaa\nError when retrieving token from sso: Token has expired and refresh failed',
    seenAt: github('61418/aws-sso-util/issues/83'),
  },
  {
    id: 'tagging-denied',
    text: 'Encountered a permissions error applying tags, please add required tag permissions. Retrying request without including tags. Details: Resource handler returned message: User: arn:aws:sts::123456789:example-assumed-role is not authorized to perform: iam:TagRole on resource: arn:aws:iam::123456789:role/abc with an explicit deny in an identity-based policy.',
    seenAt: github('aws-cloudformation/cloudformation-coverage-roadmap/issues/1859'),
  },
  {
    id: 'tagging-not-allowed',
    text: 'Error: failed updating tags for IAM Role (azul-indexer-sandbox): error untagging resource (azul-indexer-sandbox): AccessDenied: User: arn:aws:sts::122796619775:assumed-role/azul-gitlab/i-0cb0e591a679a71cc is not authorized to perform: iam:UntagRole on resource: role azul-indexer-sandbox because no identity-based policy allows the iam:UntagRole action\n\tstatus code: 403, request id: 03a27793-d0ee-4474-82e2-c7a5b3eb0e27',
    seenAt: github('DataBiosphere/azul/issues/4370'),
  },
  {
    id: 'resource-not-opted-in',
    text: 'StorageBucket All Users Policy -> UNKNOWN Unable to query storage buckets does not have storage.buckets.getIamPolicy access to the Google Cloud Storage bucket.',
    seenAt: github('aquasecurity/cloudsploit/issues/243'),
  },
  {
    id: 'resource-not-opted-in',
    text: "google.api_core.exceptions.Forbidden: 403 GET https://storage.googleapis.com/storage/v1/b/gke-on-prem-release?projection=noAcl&prettyPrint=false: MYSERVICEACCOUNT@email does not have storage.buckets.get access to the Google Cloud Storage bucket. Permission 'storage.buckets.get' denied on resource (or it may not exist).",
    seenAt: github('ansible-collections/google.cloud/issues/575'),
  },
  {
    id: 'resource-not-opted-in',
    text: "com.google.api.gax.rpc.PermissionDeniedException: io.grpc.StatusRuntimeException: PERMISSION_DENIED: Permission 'secretmanager.secrets.setIamPolicy' denied for resource 'projects/779844219229/secrets/java-1639072054467' (or it may not exist).",
    seenAt: github('GoogleCloudPlatform/java-docs-samples/issues/6571'),
  },
  {
    id: 'project-grant-refused',
    text: 'Error: Error applying IAM policy for project "PROJECT": Error setting IAM policy for project "PROJECT": googleapi: Error 403: Policy update access denied., forbidden',
    seenAt: github('hashicorp/terraform-provider-google/issues/10079'),
  },
  {
    id: 'project-grant-refused',
    text: 'Final error: Error applying IAM policy for project "#########": Error setting IAM policy for project "#########": googleapi: Error 403: Policy update access denied., forbidden',
    seenAt: github('GoogleCloudPlatform/avocano/issues/551'),
  },
  {
    id: 'resource-missing',
    text: 'details = "Resource not found (resource=project_lockdown_alert_topic)."',
    seenAt: github('ScaleSec/project_lockdown/issues/57'),
  },
  {
    id: 'resource-missing',
    text: 'I am getting Resource not found (resource=193060) when I try to publish message to Pub/Sub.',
    seenAt: github('googleapis/nodejs-pubsub/issues/1269'),
  },
  {
    id: 'role-not-for-resource',
    text: 'Error: Error applying IAM policy for organization "99999999": Error setting IAM policy for organization "99999999": googleapi: Error 400: Role roles/securityReviewer is not supported for this resource., badRequest',
    seenAt: github('terraform-google-modules/terraform-google-iam/issues/91'),
  },
  {
    id: 'role-not-for-resource',
    text: '(gcloud.projects.add-iam-policy-binding) INVALID_ARGUMENT: Role roles/compute.browser is not supported for this resource.',
    seenAt: github('GoogleCloudPlatform/stackdriver-metrics-export/issues/7'),
  },
  {
    id: 'role-not-for-resource',
    text: "Error: Error setting IAM policy for Bigtable Instance XXX/XXXbigtable-instance: googleapi: Error 400: Role (roles/editor) does not exist in the resource's hierarchy., badRequest",
    seenAt: github('hashicorp/terraform-provider-google/pull/6923'),
  },
  {
    id: 'condition-not-for-resource',
    text: "googleapi: Error 400: IAM setPolicy failed for Table eventrun:ea_new_dataset.ea_test_run_ext2: Can't set conditional policy on policy type: bigquery_tables and id: /0000004a4467c6f8/d3126187-baca-4a4a-bd3d-9da81457cae9/10004792-6b40-4710-aaff-d1fd321c3ec7",
    seenAt: github('pulumi/pulumi-gcp/issues/699'),
  },
  {
    id: 'dataset-access-entry',
    text: 'googleapi: Error 400: An access entry must have exactly one of userByEmail, groupByEmail, domain, specialGroup defined, view, routine, or dataset., invalid',
    seenAt: github('terraform-google-modules/terraform-google-bigquery/issues/428'),
  },
  {
    id: 'dataset-access-entry',
    text: 'Update call failed: error applying desired state: Error updating Dataset "projects/[PROJECT_ID]datasets/disstock": googleapi: Error 400: Cannot remove all owners from a dataset., invalid',
    seenAt: github('GoogleCloudPlatform/k8s-config-connector/issues/127'),
  },
  {
    id: 'concurrent-policy-changes',
    text: 'Error: Error applying IAM policy for storage bucket: googleapi: Error 412: Precondition Failed, conditionNotMet',
    seenAt: github('hashicorp/terraform-provider-google/issues/7853'),
  },
  {
    id: 'concurrent-policy-changes',
    text: 'gslib.cloud_api.PreconditionException: PreconditionException: 412 Precondition Failed\nERROR 1120 15:13:32.716968 retry_decorator.py] Retrying in x seconds ...',
    seenAt: github('hashicorp/terraform-provider-google/issues/7853'),
  },
  {
    id: 'resource-access-denied',
    text: "google.api_core.exceptions.PermissionDenied: 403 Permission 'secretmanager.versions.access' denied for resource 'projects/ums-causmos-470308/secrets/flask_secret_key/versions/latest' (or it may not exist)",
    seenAt: github('google-marketing-solutions/causmos/issues/43'),
  },
  {
    id: 'resource-access-denied',
    text: "code: 7,\n  details: 'User not authorized to perform this action.',\n  metadata: Metadata { _internal_repr: {}, flags: 0 }",
    seenAt: github('googleapis/nodejs-pubsub/issues/1180'),
  },
  {
    id: 'resource-access-denied',
    text: "AccessDeniedException: 403 xxx does not have storage.objects.list access to the Google Cloud Storage bucket. Permission 'storage.objects.list' denied on resource (or it may not exist).",
    seenAt: github('zetaalphavector/InPars/issues/13'),
  },
];

/**
 * No public thread was found for these. They have the form given by the named source or documentation, with names of
 * ours.
 */
export const documentedWordings: readonly Wording[] = [
  {
    id: 'resource-not-opted-in',
    text: 'Access Denied: Dataset acme-data:sales: Permission bigquery.datasets.setIamPolicy denied on dataset acme-data:sales (or it may not exist).',
    seenAt: 'https://cloud.google.com/bigquery/docs/dataset-access-control',
  },
  {
    id: 'resource-missing',
    text: 'Secret [projects/123456789012/secrets/db-password] not found or has no versions.',
    seenAt: 'https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets',
  },
  {
    id: 'token-source-unsupported',
    text: 'Error: ExternalAccountSource(UnsupportedSubjectTokenSource)',
    seenAt: 'https://github.com/yoshidan/google-cloud-rust/blob/main/foundation/auth/src/error.rs',
  },
  {
    id: 'members-not-allowed',
    text: 'Operation denied by org policy: ["constraints/iam.managed.allowedPolicyMembers": "The policy contains members that are not allowed."].',
    seenAt: 'https://docs.cloud.google.com/iam/docs/org-policy-custom-constraints',
  },
  {
    id: 'members-not-allowed',
    text: "- '@type': type.googleapis.com/google.rpc.PreconditionFailure\n  violations:\n  - type: constraints/iam.managed.allowedPolicyMembers",
    seenAt: 'https://docs.cloud.google.com/organization-policy/reference/org-policy-constraints',
  },
  {
    id: 'tagging-denied',
    text: 'AccessDenied: User: arn:aws:sts::111122223333:assumed-role/deploy/ci is not authorized to perform: iam:TagRole on resource: arn:aws:iam::111122223333:role/reports with an explicit deny in a service control policy',
    seenAt: 'https://repost.aws/knowledge-center/organizations-troubleshoot-explicit-deny-scp',
  },
  {
    id: 'tagging-denied',
    text: 'An error occurred (AccessDenied) when calling the UntagRole operation: User: arn:aws:iam::111122223333:user/jo is not authorized to perform: iam:UntagRole on resource: role reports with an explicit deny in a service control policy: arn:aws:organizations::999988887777:policy/o-abc/service_control_policy/p-123',
    seenAt: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html',
  },
  {
    id: 'credential-server-down',
    text: "google.auth.exceptions.TransportError: HTTPConnectionPool(host='127.0.0.1', port=1338): Max retries exceeded with url: /latest/api/token (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f77e8ee3ac0>: Failed to establish a new connection: [Errno 111] Connection refused'))",
    seenAt: 'https://github.com/googleapis/google-auth-library-python/blob/main/google/auth/aws.py',
  },
  {
    id: 'credential-server-down',
    text: `GaxiosError: request to http://127.0.0.1:1338/latest/api/token failed, reason: connect ECONNREFUSED 127.0.0.1:1338
    at Gaxios._request (/app/node_modules/gaxios/build/src/gaxios.js:149:19) {
  code: 'ECONNREFUSED',
}`,
    seenAt: 'https://github.com/googleapis/gaxios',
  },
  {
    id: 'credential-server-down',
    text: `java.io.IOException: Failed to retrieve AWS Session Token.
	at com.google.auth.oauth2.InternalAwsSecurityCredentialsSupplier.retrieveResource(InternalAwsSecurityCredentialsSupplier.java:212)
Caused by: java.net.ConnectException: Connection refused
	at java.base/sun.nio.ch.Net.pollConnect(Native Method)
	... 12 more`,
    seenAt: 'https://github.com/googleapis/google-auth-library-java',
  },
];
