import type { AccessState } from '../core/access.ts';

/** The states of a row, as people read them. */
export const stateText: Readonly<Record<AccessState, string>> = {
  bound: 'bound',
  awaited: 'not bound yet',
  refused: 'refused',
  unasked: 'no tag requests it',
  unclear: 'its tags were not read',
  inherited: 'bound before rolebridge',
  unseen: 'cannot be read',
};

/** The states of a row of an earlier report that is gone now. */
export const pastStateText: Readonly<Record<AccessState, string>> = {
  bound: 'was bound',
  awaited: 'was not bound yet',
  refused: 'was refused',
  unasked: 'was bound, and no tag requested it',
  unclear: 'was bound, and its tags were not read',
  inherited: 'was bound before rolebridge',
  unseen: 'could not be read',
};
