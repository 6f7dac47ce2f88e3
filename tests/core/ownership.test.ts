import { currentOwnership } from '../../shared/core/ownership.ts';
import { settings } from '../support/settings.ts';

it('a pool whose marker was not read is not proven to be ours', () => {
  expect(currentOwnership(settings, new Map())).toMatchObject({ kind: 'unproven' });
});
