import type { KnownError } from './known-error.ts';

const serverHosts = ['127.0.0.1:1338', 'localhost:1338'];
const refused = [
  'ECONNREFUSED',
  'connection refused',
  'Max retries exceeded',
  'Failed to establish a new connection',
];

/** Where tasks, pods and instances get the credentials of their role. */
export const containerErrors: readonly KnownError[] = [
  {
    id: 'credential-server-down',
    link: 'aws-credentials',
    phrases: [
      'Failed to retrieve AWS Session Token … ConnectException: Connection refused',
      'Failed to retrieve AWS IAM role … ConnectException: Connection refused',
      'Failed to retrieve AWS region … ConnectException: Connection refused',
      'Failed to retrieve AWS credentials … ConnectException: Connection refused',
      'Nothing answers at http://127.0.0.1:1338',
    ],
    evidence: serverHosts.flatMap((host) => refused.map((words) => ({ host, words }))),
    example:
      "google.auth.exceptions.TransportError: HTTPConnectionPool(host='127.0.0.1', port=1338): Max retries exceeded with url: /latest/api/token (Caused by NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused')) for http://127.0.0.1:1338/latest/api/token",
    cause:
      'Nothing listens at the address of the credential server. `rolebridge credentials serve` has not started yet, has ended, or listens on another port, or the workload is in another network namespace (another pod or task).',
    next: [
      'rolebridge credentials check',
      'Start it before the workload, in the same task or pod: `rolebridge credentials serve`',
      'For ECS, let the workload depend on its health check (docs/use/ecs.md).',
    ],
    source: 'https://github.com/googleapis/google-auth-library-python/blob/main/google/auth/aws.py',
  },
  {
    id: 'container-credentials-unreachable',
    link: 'aws-credentials',
    phrases: [
      'Error when retrieving credentials from container-role',
      'Unable to load credentials from service endpoint',
      '169.254.170.23 is not a valid container metadata service hostname',
    ],
    evidence: ['169.254.170.2', '169.254.170.23'].flatMap((host) =>
      [
        'ECONNREFUSED',
        'ETIMEDOUT',
        'timed out',
        'connect timeout',
        'connection refused',
        'deadline exceeded',
      ].map((words) => ({ host, words })),
    ),
    example:
      'botocore.exceptions.CredentialRetrievalError: Error when retrieving credentials from container-role: Error retrieving metadata: Received error when attempting to retrieve container metadata: Connect timeout on endpoint URL: "http://169.254.170.23/v1/credentials"',
    cause:
      'The AWS SDK asks the agent of ECS or EKS Pod Identity for the credentials of this task or pod, and gets none. A network policy, a proxy or iptables blocks the address, the agent is not running, or the SDK is too old for EKS Pod Identity.',
    next: [
      'env | cut -d= -f1 | grep ^AWS_CONTAINER',
      'Let the pod or task reach 169.254.170.2 (ECS) or 169.254.170.23 (EKS), without a proxy: `export NO_PROXY=169.254.170.2,169.254.170.23`',
      'aws eks describe-addon --cluster-name CLUSTER --addon-name eks-pod-identity-agent',
    ],
    source: 'https://github.com/aws-samples/containers-blog-maelstrom/issues/123',
  },
  {
    id: 'pod-identity-denied',
    link: 'aws-credentials',
    phrases: ['EKS does not have permissions to assume the associated role'],
    example:
      'failed to refresh cached credentials, failed to load credentials, Unauthorized Exception! EKS does not have permissions to assume the associated role., fault: client',
    cause:
      'The trust policy of the role does not let EKS Pod Identity assume it, or the association names another role, service account or namespace.',
    next: [
      'aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument',
      'It must allow pods.eks.amazonaws.com sts:AssumeRole and sts:TagSession.',
      'aws eks list-pod-identity-associations --cluster-name CLUSTER',
    ],
    source: 'https://github.com/aws/eks-pod-identity-agent/issues/139',
  },
  {
    id: 'instance-role-not-assumable',
    link: 'aws-credentials',
    phrases: ['AssumeRoleUnauthorizedAccess', 'EC2 cannot assume the role'],
    example:
      '{ "Code" : "AssumeRoleUnauthorizedAccess", "Message" : "EC2 cannot assume the role reports. Please see documentation at http://docs.amazonwebservices.com/IAM/latest/UserGuide/RolesTroubleshooting.html." }',
    cause:
      'The instance has this role, but the trust policy of the role does not let EC2 assume it. So the metadata service gives no credentials.',
    next: [
      'aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument',
      'It must allow the service ec2.amazonaws.com sts:AssumeRole. After the change, wait some minutes or restart the instance.',
    ],
    source: 'https://github.com/aws/aws-cli/issues/2060',
  },
  {
    id: 'assume-role-denied',
    link: 'aws-credentials',
    phrases: [':assumed-role/… is not authorized to perform: sts:AssumeRole on resource'],
    example:
      'User: arn:aws:sts::111122223333:assumed-role/eks-node/i-0e5afb93460d609d2 is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/reports',
    cause:
      'The process runs as the role before "is not authorized", and may not become the role behind it. If the session is named i-…, this is the role of the EC2 node: the pod has no role of its own (no IRSA, no Pod Identity association), or the library does not read it.',
    next: [
      'aws sts get-caller-identity',
      'For a pod, give its service account the role (EKS Pod Identity or IRSA) and restart the pod: docs/use/eks.md',
      'If the process already runs as that role, remove the role ARN from its configuration: it need not assume itself.',
    ],
    source: 'https://github.com/external-secrets/kubernetes-external-secrets/issues/368',
  },
  {
    id: 'web-identity-denied',
    link: 'aws-credentials',
    phrases: ['Not authorized to perform sts:AssumeRoleWithWebIdentity'],
    example:
      'An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity',
    cause:
      'The trust policy of the role does not admit the token of this pod: it names another OIDC provider, namespace or service account.',
    next: [
      'aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument',
      'Its condition must name system:serviceaccount:NAMESPACE:SERVICE_ACCOUNT_NAME as "sub", and sts.amazonaws.com as "aud".',
    ],
    source: 'https://github.com/aws-samples/aws-cdk-for-emr-on-eks/issues/2',
  },
];
