import type { Change } from '../../shared/core/change.ts';

/** The service account that a change is about; none for a config that is removed. */
export const emailOf = (change: Change): string | undefined => ('email' in change ? change.email : undefined);
