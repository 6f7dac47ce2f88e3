import type { KnownError } from './known-error.ts';

/** Google's answers, in each API's own words, when rolebridge or a workload uses a resource directly. */
export const resourceErrors: readonly KnownError[] = [
  {
    id: 'resource-not-opted-in',
    link: 'opt-in',
    phrases: [
      'Its owner opts it in: rolebridge setup --opt-in-resource',
      'Its owner opts it in: rolebridge setup --opt-in-project-grants',
      'does not have storage.buckets.get access to the Google Cloud Storage bucket',
      'does not have storage.buckets.getIamPolicy access to the Google Cloud Storage bucket',
      'does not have storage.buckets.setIamPolicy access to the Google Cloud Storage bucket',
      'Permission bigquery.datasets.getIamPolicy denied on dataset',
      'Permission bigquery.datasets.setIamPolicy denied on dataset',
      "Permission 'secretmanager.secrets.getIamPolicy' denied for resource",
      "Permission 'secretmanager.secrets.setIamPolicy' denied for resource",
    ],
    unless: [
      'The specified bucket does not exist',
      'Not found: Dataset',
      'Resource not found (resource=',
      'Secret [projects/… not found',
    ],
    example:
      "googleapi: Error 403: rolebridge@acme-identity.iam.gserviceaccount.com does not have storage.buckets.getIamPolicy access to the Google Cloud Storage bucket. Permission 'storage.buckets.getIamPolicy' denied on resource (or it may not exist)., forbidden",
    cause:
      'rolebridge may not read or write the policy of this resource: its owner has not opted in, or has removed the grant. Google answers the same if the resource does not exist.',
    next: [
      'The owner of the resource runs: `rolebridge setup --opt-in-resource RESOURCE`',
      'For a whole project: `rolebridge setup --opt-in-project-grants PROJECT`',
      'rolebridge doctor --role ROLE',
    ],
    source: 'https://github.com/aquasecurity/cloudsploit/issues/243',
  },
  {
    id: 'project-grant-refused',
    link: 'opt-in',
    phrases: ['Policy update access denied'],
    example:
      'Error setting IAM policy for project "acme-data": googleapi: Error 403: Policy update access denied., forbidden',
    cause:
      "The caller may change some grants on the project, and not this one: a condition on its own grant lists the Google roles that it may give. rolebridge's condition names those of the rules at the time when setup ran.",
    next: [
      'The owner of the project runs: `rolebridge setup --opt-in-project-grants PROJECT`',
      'gcloud projects get-iam-policy PROJECT',
    ],
    source: 'https://github.com/hashicorp/terraform-provider-google/issues/10079',
  },
  {
    id: 'resource-missing',
    link: 'allow-policy',
    phrases: [
      'The specified bucket does not exist',
      'Not found: Dataset',
      'Resource not found (resource=',
      'Secret [projects/… not found',
    ],
    example: 'google.api_core.exceptions.NotFound: 404 Resource not found (resource=orders).',
    cause:
      'There is no bucket, dataset, secret, topic or subscription of this name. It was deleted, was never created, is in another project, or the tag or the program has a typo.',
    next: [
      'Create it, or correct the name in the tag, in the rule or in the program.',
      'If it was deleted: `rolebridge forget --resource RESOURCE`',
      'rolebridge doctor --role ROLE',
    ],
    source: 'https://github.com/ScaleSec/project_lockdown/issues/57',
  },
  {
    id: 'role-not-for-resource',
    link: 'allow-policy',
    phrases: [
      'Role … is not supported for this resource',
      "Role … does not exist in the resource's hierarchy",
    ],
    example:
      'googleapi: Error 400: Role roles/appengine.deployer is not supported for this resource., badRequest',
    cause:
      'Google does not take this role on this kind of resource, or knows no role of this name. A custom role can be granted only inside its own project or organization, under its full name.',
    next: [
      'gcloud iam list-grantable-roles FULL_RESOURCE_NAME',
      'Name a Google role that the resource takes in the rule and in the tag, and deploy.',
    ],
    source: 'https://github.com/hashicorp/terraform/issues/25623',
  },
  {
    id: 'condition-not-for-resource',
    link: 'allow-policy',
    phrases: [
      "Can't set conditional policy on policy type",
      'Conditions are not supported for the basic role',
    ],
    example:
      "googleapi: Error 400: IAM setPolicy failed for Table acme-data:sales.orders: Can't set conditional policy on policy type: bigquery_tables and id: /0000004a4467c6f8",
    cause:
      'Google takes no condition on this kind of resource, and an end ("until") is one. Topics, subscriptions and single tables have none; neither have the basic roles.',
    next: [
      'aws iam tag-role --role-name ROLE --tags "Key=google-access,Value=GOOGLE_ROLE on RESOURCE"',
      'Or ask for access to a resource that takes conditions, such as the whole dataset.',
    ],
    source: 'https://github.com/pulumi/pulumi-gcp/issues/699',
  },
  {
    id: 'bucket-not-uniform',
    link: 'allow-policy',
    phrases: [
      'has no uniform bucket-level access, without which it ignores federated roles',
      'takes no conditions (until) without uniform bucket-level access',
      'IAM conditions require uniform bucket-level access',
    ],
    example:
      'Bucket acme-in has no uniform bucket-level access, without which it ignores federated roles. Its owner can turn that on: gcloud storage buckets update gs://acme-in --uniform-bucket-level-access',
    cause:
      'The bucket still has access lists for its objects. Such a bucket ignores federated roles, and takes no conditions.',
    next: [
      'The owner of the bucket runs: `gcloud storage buckets update gs://BUCKET --uniform-bucket-level-access`',
      'Then tag the role once more with the same value, or wait for the next sweep.',
    ],
    source: 'https://github.com/grafana/tempo/issues/3556',
  },
  {
    id: 'dataset-access-entry',
    link: 'allow-policy',
    phrases: [
      'An access entry must have exactly one of userByEmail',
      'Cannot remove all owners from a dataset',
    ],
    example:
      'googleapi: Error 400: An access entry must have exactly one of userByEmail, groupByEmail, domain, specialGroup defined, view, routine, or dataset., invalid',
    cause:
      "A tool writes the dataset's whole access list, and BigQuery refuses one of its entries. Federated roles are in the field iamMember, without a prefix, which older versions of Terraform and of client libraries do not know. Every dataset needs an owner.",
    next: [
      'Update the tool, and write the role as an iamMember: `principalSet://iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/attribute.aws_role/arn:aws:sts::AWS_ACCOUNT:assumed-role/ROLE`',
      'Or leave the entry to rolebridge, and let the tool ignore it.',
    ],
    source: 'https://github.com/terraform-google-modules/terraform-google-bigquery/issues/428',
  },
  {
    id: 'resource-access-denied',
    link: 'api',
    phrases: [
      'does not have storage.objects.get access to the Google Cloud Storage',
      'does not have storage.objects.list access to the Google Cloud Storage',
      'does not have storage.objects.create access to the Google Cloud Storage',
      'does not have storage.objects.delete access to the Google Cloud Storage',
      "Permission 'secretmanager.versions.access' denied",
      'Permission bigquery.tables.getData denied on table',
      'User does not have permission to query table',
      'User not authorized to perform this action',
    ],
    example:
      "google.api_core.exceptions.PermissionDenied: 403 Permission 'secretmanager.versions.access' denied for resource 'projects/acme-data/secrets/db-password/versions/latest' (or it may not exist).",
    cause:
      'Google knows the caller, who has no role with this permission on the resource: it is not granted, its end has passed, or the grant is younger than 7 minutes. Pub/Sub names neither. Google answers the same if the resource does not exist.',
    next: [
      'rolebridge doctor --role ROLE',
      'rolebridge roles',
      'Check that the program uses the config of this grant: `GOOGLE_APPLICATION_CREDENTIALS` names it.',
    ],
    source: 'https://github.com/google-marketing-solutions/causmos/issues/43',
  },
];
