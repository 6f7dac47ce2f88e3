import type { KnownError } from './known-error.ts';

/** Managed constraints of the Google organization. */
export const organizationErrors: readonly KnownError[] = [
  {
    id: 'members-not-allowed',
    link: 'organization-policy',
    phrases: ['constraints/iam.managed.allowedPolicyMembers'],
    // Someone sets the constraint itself.
    unless: ['constraint must be of the form'],
    example:
      'ERROR: (gcloud.iam.service-accounts.add-iam-policy-binding) FAILED_PRECONDITION: Operation denied by org policy: ["constraints/iam.managed.allowedPolicyMembers": "Only allowed members can be added to IAM policies."]',
    cause:
      'The organization policy iam.managed.allowedPolicyMembers lets only listed principals and principal sets into allow policies. The principals of the workload identity pool are not on its list.',
    next: [
      'gcloud org-policies describe iam.managed.allowedPolicyMembers --project PROJECT --effective',
      'Ask the organization policy administrator to add the principal set of the pool to allowedPrincipalSets, or to except project PROJECT.',
      'Then tag the role once more with the same value, or wait for the next sweep.',
    ],
    source: 'https://docs.cloud.google.com/organization-policy/reference/org-policy-constraints',
  },
];
