import type { Check } from './check.ts';
import type { Finding } from './finding.ts';

/** Credentials of the right AWS account: without them, nothing in AWS is checked. */
export const needsAws = ['aws-credentials', 'aws-account'];

/** A check of one part of the stack. If nothing is deployed, every part is missing, and `functions` alone reports that. */
export const stackCheck = (
  id: string,
  title: string,
  permission: string,
  run: () => Promise<Finding>,
  causedBy: readonly string[] = ['functions'],
): Check => ({ id, group: 'Stack', title, permission, needs: needsAws, causedBy, run });
