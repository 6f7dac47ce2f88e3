import { type Change, onlyKnownDependencies } from './plan.ts';
import type { Mode } from './settings.ts';

/** What a mode lets be done of a plan. The only place that knows what the modes mean. */
export const permitted = (mode: Mode, changes: readonly Change[]): readonly Change[] => {
  switch (mode) {
    case 'sync':
      return changes;
    case 'upsert-only':
      return onlyKnownDependencies(changes.filter(({ kind }) => kind === 'bind' || kind === 'publish'));
    case 'dry-run':
      return [];
  }
};
