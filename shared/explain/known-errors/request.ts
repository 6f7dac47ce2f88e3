import type { KnownError } from './known-error.ts';

/** Refusals of rolebridge itself. */
export const requestErrors: readonly KnownError[] = [
  {
    id: 'tag-key',
    link: 'tag',
    phrases: [
      'is matched exactly, in lower case.',
      'is not a grant name. After',
      'The grant named "default" is asked for by the bare key',
    ],
    example: 'The tag key "Google-Access" is matched exactly, in lower case. Write google-access.',
    cause:
      'The key of the tag is almost right, so rolebridge refuses it rather than ignore it. A key is google-access, or google-access/NAME for any further grant.',
    next: [
      'aws iam list-role-tags --role-name ROLE',
      'Replace the wrong tag: `aws iam tag-role --role-name ROLE --tags Key=google-access,Value=SERVICE_ACCOUNT`',
    ],
    source: 'shared/core/tags.ts',
  },
  {
    id: 'tag-value',
    link: 'tag',
    phrases: [
      'is not a service account e-mail',
      'holds more than one service account',
      'has capital letters: service account e-mails are lower-case',
      'The value holds characters that IAM tag values cannot have',
      'The value is longer than the 256 characters that IAM allows',
      'The value is empty. Write … = <service account e-mail>',
      'Write 2026-12-31 (to the end of that day, UTC)',
      'After "until" comes exactly one date',
      'must be "until" and a space',
    ],
    example:
      '"me@example.com" is not a service account e-mail. Write google-access = <service account e-mail> [until <date>], for example "reader@my-project.iam.gserviceaccount.com until 2026-12-31".',
    cause:
      'The value of the tag cannot be read. It is one service account e-mail in lower case, or one Google role on one resource, and may end with "until" and a date.',
    next: [
      'aws iam list-role-tags --role-name ROLE',
      'aws iam tag-role --role-name ROLE --tags Key=google-access,Value=SERVICE_ACCOUNT',
    ],
    source: 'shared/core/tags.ts',
  },
  {
    id: 'tag-direct',
    link: 'tag',
    phrases: ['is not a Google role on one resource'],
    example:
      '"roles/storage.objectViewer buckets/acme-in" is not a Google role on one resource. Write <Google role> on <resource>, for example "roles/storage.objectViewer on buckets/acme-in".',
    cause:
      'The tag names a Google role, but not in the form of a direct grant: one Google role, the word "on", and one resource.',
    next: [
      'aws iam tag-role --role-name ROLE --tags "Key=google-access,Value=roles/storage.objectViewer on buckets/acme-in"',
    ],
    source: 'shared/core/tags.ts',
  },
  {
    id: 'tag-resource',
    link: 'tag',
    phrases: [
      'is not the full name of a Google role',
      'is not a Google role. Write',
      "is not a resource's name",
      'projects are named by their id here',
      'access is granted on a whole dataset',
      'regional secrets are not supported',
      'a service account is asked for by its e-mail alone',
      'access is never granted on a folder or an organization',
    ],
    example: '"gs://acme-in" is not a resource\'s name here. Write buckets/acme-in.',
    cause:
      'The tag asks for a Google role on a resource, and names one of them in another form. rolebridge knows exactly one name for each, and the message proposes it.',
    next: [
      'aws iam tag-role --role-name ROLE --tags "Key=google-access,Value=roles/storage.objectViewer on buckets/acme-in"',
    ],
    source: 'shared/core/google-resource.ts',
  },
  {
    id: 'grant-expired',
    link: 'tag',
    phrases: ['This access ended at'],
    example: 'This access ended at 2026-11-01T00:00:00Z. Set a later date, or remove the tag.',
    cause:
      'The date after "until" in the tag has passed. Google ended the access at that moment, and rolebridge removed the binding and the parameter.',
    next: ['aws iam tag-role --role-name ROLE --tags "Key=google-access,Value=SERVICE_ACCOUNT until DATE"'],
    source: 'shared/core/guardrail.ts',
  },
  {
    id: 'no-conditions',
    link: 'tag',
    phrases: ['so access to it cannot end by itself'],
    example:
      'Google takes no condition on a topic, so access to it cannot end by itself. Leave out "until", and remove the tag in time.',
    cause: 'Topics and subscriptions have no IAM conditions, and "until" is one.',
    next: ['aws iam tag-role --role-name ROLE --tags "Key=google-access,Value=GOOGLE_ROLE on RESOURCE"'],
    source: 'shared/core/guardrail.ts',
  },
  {
    id: 'google-role-denied',
    link: 'guardrail',
    phrases: [
      'which is never granted:',
      'is a basic role: it permits something on everything',
      'On a whole project, only these Google roles are granted',
    ],
    example:
      'roles/storage.admin has storage.buckets.setIamPolicy, which is never granted: it lets the role give access to anyone.',
    cause:
      'The Google role permits more than rolebridge ever grants: to change policies, to act as service accounts, or to run code as one. No rule can allow it.',
    next: ['Ask for a Google role that permits less.', 'gcloud iam roles describe GOOGLE_ROLE'],
    source: 'shared/core/google-role.ts',
  },
  {
    id: 'google-role-unknown',
    link: 'guardrail',
    phrases: ["not on rolebridge's list for a"],
    example:
      'roles/storage.objectUser has storage.objects.newPermission, which is not on rolebridge\'s list for a bucket. If that is meant, the owners of rolebridge.yml can add it to the rule under "alsoPermit".',
    cause:
      'The Google role has a permission that rolebridge does not know for this kind of resource; Google may have added it. Access that exists stays, and none is added.',
    next: [
      'gcloud iam roles describe GOOGLE_ROLE',
      'Add the permission to the rule under alsoPermit, or ask for another Google role.',
    ],
    source: 'shared/core/google-role.ts',
  },
  {
    id: 'google-role-missing',
    link: 'guardrail',
    phrases: ['Google knows no role', 'Google lists no permission of'],
    example: 'Google knows no role projects/acme-data/roles/reader.',
    cause:
      'The Google role that the tag names does not exist (any more), or has no permission. Access that exists stays, and none is added.',
    next: [
      'gcloud iam roles describe GOOGLE_ROLE',
      'Create or correct the custom role, or name another one in the tag and in the rule.',
    ],
    source: 'shared/core/google-role.ts',
  },
  {
    id: 'google-role-unread',
    link: 'guardrail',
    phrases: ['The permissions of … could not be read'],
    example:
      "The permissions of projects/acme-data/roles/reader could not be read: reading Google role projects/acme-data/roles/reader: 403 You don't have permission to get the role. rolebridge needs iam.roles.get on projects/acme-data.",
    cause:
      'rolebridge grants a Google role only once it has read its permissions, and Google did not show them. Access that exists stays, and none is added until a later try succeeds.',
    next: [
      'For a custom role: let rolebridge read it, with iam.roles.get on the project or organization that the message names.',
      'rolebridge doctor',
    ],
    source: 'shared/core/google-role.ts',
  },
  {
    id: 'guardrail-no-rule',
    link: 'guardrail',
    phrases: ['The guardrail does not let role'],
    example:
      'The guardrail does not let role reports of account 111122223333 ask for this: no rule under "allow" names reader@acme-data.iam.gserviceaccount.com. Ask the owners of rolebridge.yml for a rule.',
    cause:
      'The tag is right, but no rule under "allow" in rolebridge.yml lets this role ask for this service account. Nothing is granted that no rule names.',
    next: [
      'rolebridge plan --role ROLE',
      'Ask the owners of rolebridge.yml for a rule under "allow" with to: SERVICE_ACCOUNT and roles: [ROLE]. After the change they deploy.',
    ],
    source: 'shared/core/guardrail.ts',
  },
  {
    id: 'guardrail-days',
    link: 'guardrail',
    phrases: ['is for at most … days, and this request'],
    example:
      'Access to reader@acme-data.iam.gserviceaccount.com is for at most 90 days, and this request names no "until". The latest date allowed today is 2027-02-22: write reader@acme-data.iam.gserviceaccount.com until 2027-02-22.',
    cause:
      'The rule that allows this access has maxDays, and the tag names no end or one that is too far away. The text names the latest date.',
    next: ['aws iam tag-role --role-name ROLE --tags "Key=google-access,Value=SERVICE_ACCOUNT until DATE"'],
    source: 'shared/core/guardrail.ts',
  },
  {
    id: 'guardrail-project',
    link: 'guardrail',
    phrases: ['which is not under google.projects'],
    example:
      'reader@acme-other.iam.gserviceaccount.com is in project acme-other, which is not under google.projects (acme-data).',
    cause:
      'The service account is in a project that rolebridge does not watch: it could give access there and never see it go stale. So it refuses.',
    next: [
      'Check the e-mail for a slip of the pen.',
      'Else ask the owners of rolebridge.yml to add PROJECT to google.projects. They run: `rolebridge setup`',
    ],
    source: 'shared/core/guardrail.ts',
  },
  {
    id: 'guardrail-own-account',
    link: 'guardrail',
    phrases: ["is rolebridge's own account"],
    example:
      "rolebridge@acme-identity.iam.gserviceaccount.com is rolebridge's own account: anyone with access to it could grant access to everything. Ask for another one.",
    cause:
      'The tag asks for the service account that rolebridge itself acts as. It is never given to anybody.',
    next: ['Ask for another service account.'],
    source: 'shared/core/guardrail.ts',
  },
  {
    id: 'revocations-held',
    link: 'guardrail',
    phrases: ['of roles. sweep.maxRevocations is'],
    example:
      'In AWS account 111122223333 the sweep would end access to 31 targets of roles. sweep.maxRevocations is 25, so it ends none of these.',
    cause:
      'In one AWS account, the sweep would end more access than sweep.maxRevocations allows in one sweep. It ends none of it there and waits for a person.',
    next: [
      'Look at "revocations" in the event "Google Access Revocations Held".',
      'Not intended: fix rolebridge.yml or the tags. The next sweep continues by itself.',
      'Intended: approve the list (docs/operations.md, "Held revocations").',
    ],
    source: 'shared/core/held.ts',
  },
];
