import type { Change } from './change.ts';
import type { Mode } from './settings.ts';

/** The changes of a plan that the mode lets us report. */
export const proposed = (mode: Mode, changes: readonly Change[]): readonly Change[] => {
  switch (mode) {
    case 'sync':
    case 'dry-run':
      return changes;
    case 'upsert-only':
      return changes.filter(({ kind }) => kind !== 'unbind' && kind !== 'unpublish');
  }
};

/** Whether anything at all may be written. */
export const isDryRun = (mode: Mode): boolean => mode === 'dry-run';

/** Whether existing access may be revoked. */
export const canRevoke = (mode: Mode): boolean => mode === 'sync';

/** The changes of a plan that the mode lets us make. */
export const permitted = (mode: Mode, changes: readonly Change[]): readonly Change[] =>
  isDryRun(mode) ? [] : proposed(mode, changes);
