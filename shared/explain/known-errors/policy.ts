import type { KnownError } from './known-error.ts';

/** Errors that stop rolebridge from writing the binding. */
export const policyErrors: readonly KnownError[] = [
  {
    id: 'rolebridge-sign-in',
    link: 'rolebridge-identity',
    phrases: ['rolebridge could not sign in to Google'],
    example:
      "rolebridge could not sign in to Google: connect ETIMEDOUT 142.250.74.42:443 Check that google.pool and the account's provider in rolebridge.yml exist, and that google.serviceAccount lets the role of this function impersonate it.",
    cause:
      "rolebridge's own function got no Google token. Either its pool or provider is not there, or its service account does not let the function's role act as it.",
    next: ['rolebridge doctor', 'rolebridge setup'],
    source: 'shared/adapters/google/identity.ts',
  },
  {
    id: 'rolebridge-other-account',
    link: 'rolebridge-identity',
    phrases: ['The AWS credentials look into account'],
    example:
      'The AWS credentials look into account 444455556666, not into account 111122223333 of rolebridge.yml.',
    cause:
      'The AWS credentials are of another account than the one under accounts in rolebridge.yml. rolebridge changes nothing: a role that it cannot see is not a role that is gone.',
    next: [
      'aws sts get-caller-identity',
      'Use credentials of the right account, or correct accounts in rolebridge.yml.',
    ],
    source: 'shared/adapters/aws/roles.ts',
  },
  {
    id: 'lister-role-missing',
    link: 'rolebridge-identity',
    phrases: ["Grant rolebridge's lister role on project"],
    example:
      "listing the service accounts of project acme-data: 403 Permission 'iam.serviceAccounts.list' denied on resource (or it may not exist). Grant rolebridge's lister role on project acme-data to google.serviceAccount.",
    cause:
      'The sweep may not list the service accounts of this project. It cannot see stale access there until it may.',
    next: ['rolebridge setup', 'rolebridge doctor'],
    source: 'shared/adapters/google/service-accounts.ts',
  },
  {
    id: 'not-opted-in',
    link: 'opt-in',
    phrases: [
      "Its owner opts it in by granting rolebridge's editor role",
      "Permission 'iam.serviceAccounts.getIamPolicy' denied on resource",
      "Permission 'iam.serviceAccounts.setIamPolicy' denied on resource",
      'Permission iam.serviceAccounts.getIamPolicy is required to perform this operation',
      'Permission iam.serviceAccounts.setIamPolicy is required to perform this operation',
    ],
    example:
      'Permission iam.serviceAccounts.setIamPolicy is required to perform this operation on service account projects/acme-data/serviceAccounts/reader@acme-data.iam.gserviceaccount.com.',
    cause:
      'rolebridge may not read or write the allow policy of this service account. Its owner has not opted in, or has revoked the editor role.',
    next: [
      'The owner of the service account runs: `gcloud iam service-accounts add-iam-policy-binding SERVICE_ACCOUNT --project PROJECT --role projects/PROJECT/roles/rolebridgeEditor --member serviceAccount:ROLEBRIDGE_ACCOUNT`',
      'Then tag the role once more with the same value, or wait for the next sweep.',
      'rolebridge doctor --role ROLE',
    ],
    source: 'https://github.com/opstrace/opstrace/issues/142',
  },
  {
    id: 'caller-lacks-permission',
    link: 'opt-in',
    phrases: ['The caller does not have permission'],
    example:
      '{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED"}}',
    cause:
      'Google does not name the missing permission. On getIamPolicy or setIamPolicy the owner of the service account has not opted in. On generateAccessToken the role has no binding yet, or it has ended. Google also answers so for a service account that does not exist. On any other API, the service account lacks a role there.',
    next: [
      'rolebridge doctor --role ROLE',
      'gcloud iam service-accounts get-iam-policy SERVICE_ACCOUNT --project PROJECT',
    ],
    source: 'https://github.com/google-github-actions/auth/issues/189',
  },
  {
    id: 'concurrent-policy-changes',
    link: 'allow-policy',
    phrases: [
      'There were concurrent policy changes',
      'times while it was edited',
      'Error 412: Precondition Failed, conditionNotMet',
      '412 Precondition Failed',
    ],
    example:
      "googleapi: Error 409: There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. The request's ETag '\\007\\005\\366B' did not match the current policy's ETag '\\007\\005\\366S'., aborted",
    cause:
      'Someone else wrote the same allow policy between the read and the write. rolebridge reads and writes again by itself; other tools may not.',
    next: [
      'Try again: nothing was written.',
      'If it continues: find out who else writes the policy of SERVICE_ACCOUNT (Terraform, a pipeline) and let it add members instead of setting the whole policy.',
    ],
    source: 'https://github.com/pulumi/pulumi-gcp/issues/1028',
  },
  {
    id: 'principal-limit',
    link: 'allow-policy',
    phrases: [
      'The number of members in the policy … is larger than the maximum allowed size',
      "holds Google's limit of",
    ],
    example:
      'ERROR: (gcloud.projects.set-iam-policy) INVALID_ARGUMENT: The number of members in the policy (1,503) is larger than the maximum allowed size 1,500.',
    cause:
      'An allow policy of Google holds at most 1,500 principals, and each appearance counts. This one is full.',
    next: [
      'gcloud iam service-accounts get-iam-policy SERVICE_ACCOUNT --project PROJECT',
      'Remove stale members, or use a second service account for some of the roles.',
    ],
    source: 'https://github.com/kubeflow/pipelines/issues/1146',
  },
  {
    id: 'member-of-unknown-type',
    link: 'allow-policy',
    phrases: ['is of an unknown type'],
    example:
      'googleapi: Error 400: The member principalSet://iam.googleapis.com/something-gh-id-pool/attribute.repository/my-gh-org/somerepo is of an unknown type. Please set a valid type prefix for the member., badRequest',
    cause:
      'The member is not spelled as Google wants it. It names the pool in full, with the number of the project and not its id.',
    next: [
      'gcloud projects describe POOL_PROJECT --format="value(projectNumber)"',
      'Write that number to google.projectNumber in rolebridge.yml, in quotes, and deploy.',
      'The right form: `principalSet://iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/attribute.aws_role/arn:aws:sts::AWS_ACCOUNT:assumed-role/ROLE`',
    ],
    source: 'https://github.com/hashicorp/terraform-provider-google/issues/12672',
  },
  {
    id: 'pool-missing',
    link: 'allow-policy',
    phrases: ['Identity Pool does not exist'],
    example:
      'INVALID_ARGUMENT: Identity Pool does not exist (projects/123456789012/locations/global/workloadIdentityPools/aws-roles). Please check that you specified a valid resource name as returned in the `name` attribute in the configuration API.',
    cause:
      'The member names a workload identity pool that is not there. google.pool or google.projectNumber in rolebridge.yml is wrong, or the pool was deleted.',
    next: [
      'gcloud iam workload-identity-pools describe projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL',
      'If its state is DELETED: `gcloud iam workload-identity-pools undelete projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL`',
      'If it is not there: `rolebridge setup`',
    ],
    source: 'https://github.com/terraform-google-modules/terraform-google-kubernetes-engine/issues/916',
  },
  {
    id: 'service-account-missing',
    link: 'allow-policy',
    phrases: [
      'Gaia id not found for email',
      'gserviceaccount.com does not exist',
      'Create it, or correct the tag',
    ],
    example: 'NOT_FOUND: Not found; Gaia id not found for email reader@acme-data.iam.gserviceaccount.com',
    cause:
      'There is no service account with this e-mail. It was deleted, was never created, or the tag has a typo.',
    next: [
      'gcloud iam service-accounts describe SERVICE_ACCOUNT --project PROJECT',
      'Have it made, or correct the tag: `aws iam tag-role --role-name ROLE --tags Key=google-access,Value=SERVICE_ACCOUNT`',
    ],
    source: 'https://github.com/googlecodelabs/feedback/issues/905',
  },
  {
    id: 'answer-not-from-google',
    link: 'allow-policy',
    phrases: ['The answer is not from a Google API', 'The endpoint does not serve this path'],
    example:
      'reading the allow policy of reader@acme-data.iam.gserviceaccount.com: 404 Request failed with status code 404 The answer is not from a Google API (it has no Google error body): a proxy, a gateway or a wrong endpoint answered.',
    cause:
      "Something between rolebridge and Google answers, or google.endpoints in rolebridge.yml names a server that does not serve IAM's paths. rolebridge concludes nothing from such an answer.",
    next: [
      'Remove google.endpoints from rolebridge.yml, or correct it: without it, rolebridge calls iam.googleapis.com.',
      'Check the network of the functions: a proxy, a gateway, a Private Service Connect address.',
      'rolebridge doctor',
    ],
    source: 'shared/adapters/google/refusal.ts',
  },
  {
    id: 'perimeter-refuses',
    link: 'organization-policy',
    phrases: [
      'A VPC Service Controls perimeter refuses the call',
      "Request is prohibited by organization's policy",
      'vpcServiceControlsUniqueIdentifier',
      'SECURITY_POLICY_VIOLATED',
    ],
    example:
      "403 Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: hfUN1vJxZ8",
    cause:
      'A VPC Service Controls perimeter around project PROJECT protects the API and does not admit the caller. What is behind it cannot be read, so nothing there counts as gone.',
    next: [
      'Ask the administrators of the perimeter for an ingress rule for the service account of rolebridge, on iam.googleapis.com.',
      'rolebridge sweep',
    ],
    source: 'https://cloud.google.com/vpc-service-controls/docs/troubleshooting',
  },
  {
    id: 'domain-restricted',
    link: 'organization-policy',
    phrases: ['do not belong to a permitted customer'],
    example:
      'FAILED_PRECONDITION: One or more users named in the policy do not belong to a permitted customer.',
    cause:
      'The organization policy iam.allowedPolicyMemberDomains lets only members of listed organizations into allow policies. It is on by default in organizations made since May 2024, and one such member makes Google refuse the whole policy.',
    next: [
      'gcloud org-policies describe iam.allowedPolicyMemberDomains --project PROJECT --effective',
      'Ask the organization policy administrator for an exception for project PROJECT.',
      'Then tag the role once more with the same value, or wait for the next sweep.',
    ],
    source: 'https://github.com/terraform-google-modules/terraform-example-foundation/issues/1454',
  },
  {
    id: 'provider-not-allowed',
    link: 'organization-policy',
    phrases: ['Org Policy violated for value', 'constraints/iam.workloadIdentityPool'],
    example:
      "FAILED_PRECONDITION: Precondition check failed. - '@type': type.googleapis.com/google.rpc.PreconditionFailure violations: - description: \"Org Policy violated for value: 'https://sts.amazonaws.com'.\" type: constraints/iam.workloadIdentityPoolProviders",
    cause:
      'The organization allows only listed identity providers or AWS accounts in workload identity pools. So the AWS provider cannot be made or changed.',
    next: [
      'gcloud org-policies describe iam.workloadIdentityPoolProviders --project POOL_PROJECT --effective',
      'gcloud org-policies describe iam.workloadIdentityPoolAwsAccounts --project POOL_PROJECT --effective',
      'Ask the organization policy administrator to allow https://sts.amazonaws.com and your AWS account. Then: `rolebridge setup`',
    ],
    source: 'https://cloud.google.com/iam/docs/troubleshooting-workload-identity-federation',
  },
  {
    id: 'deleted-member-inconsistent',
    link: 'allow-policy',
    phrases: ['Inconsistent representation of deleted member'],
    example:
      "googleapi: Error 400: Inconsistent representation of deleted member: 'deleted:serviceAccount:reader@acme-data.iam.gserviceaccount.com?uid=104998493554765980505' and 'serviceAccount:reader@acme-data.iam.gserviceaccount.com', badRequest",
    cause:
      'The policy names one account both as deleted and as existing. It was deleted and made again, and a tool wrote the new one beside the old entry. Google refuses the whole policy.',
    next: [
      'gcloud iam service-accounts get-iam-policy SERVICE_ACCOUNT --project PROJECT',
      'Remove the member that begins with deleted: from the policy that the text names, and try again.',
    ],
    source: 'https://github.com/GoogleCloudPlatform/k8s-config-connector/issues/279',
  },
  {
    id: 'member-without-type',
    link: 'allow-policy',
    phrases: ['Policy members must be of the form', 'Policy members must be prefixed of the form'],
    example: 'googleapi: Error 400 : Policy members must be of the form "<type>:<value>"., badRequest',
    cause:
      'A member in the policy has no type before its value. Either a tool wrote an e-mail alone, or an old one dropped "deleted:" entries wrongly. One such member makes Google refuse the whole policy.',
    next: [
      'gcloud iam service-accounts get-iam-policy SERVICE_ACCOUNT --project PROJECT',
      'Write each member with its type, such as `serviceAccount:SERVICE_ACCOUNT`.',
      'Update the tool that writes the policy.',
    ],
    source: 'https://github.com/hashicorp/terraform-provider-google/issues/5151',
  },
  {
    id: 'policy-version-too-low',
    link: 'allow-policy',
    phrases: [
      'Requested policy version … cannot be less than the existing policy version',
      'Specified policy version … cannot be less than the existing policy version',
    ],
    example:
      'googleapi: Error 400: Requested policy version (1) cannot be less than the existing policy version (3). For more information, please refer to https://cloud.google.com/iam/docs/policies#versions., badRequest',
    cause:
      'The allow policy has a binding with a condition (access with an end, "until", is one), so its version is 3. Another tool reads or writes it as version 1.',
    next: [
      'Update that tool: Terraform 3 and later, and gcloud, use version 3.',
      'In code, set requestedPolicyVersion to 3 in getIamPolicy and version to 3 in setIamPolicy.',
    ],
    source: 'https://github.com/terraform-google-modules/terraform-google-iam/issues/86',
  },
];
