import type { Change } from './change.ts';
import type { Mode } from './settings.ts';

/** What a mode makes of a plan: what is told. The only file that knows what the modes mean. */
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

/** Whether what is there may be taken away. */
export const canRevoke = (mode: Mode): boolean => mode === 'sync';

/** What of it is done. */
export const permitted = (mode: Mode, changes: readonly Change[]): readonly Change[] =>
  isDryRun(mode) ? [] : proposed(mode, changes);
