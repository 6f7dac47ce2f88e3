import type { Change } from '../../shared/core/change.ts';
import { accessText } from '../../shared/core/target.ts';

/** The service account that a change is about; none for a config that is removed. */
export const emailOf = (change: Change): string | undefined =>
  'access' in change ? accessText(change.access) : undefined;
