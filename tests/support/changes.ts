import type { Change } from '../../shared/core/change.ts';
import { accessText } from '../../shared/core/target.ts';

/** The service account of a change; none if a config is removed. */
export const emailOf = (change: Change): string | undefined =>
  'access' in change ? accessText(change.access) : undefined;
