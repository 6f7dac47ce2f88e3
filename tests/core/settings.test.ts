import { homeOf } from '../../shared/core/settings.ts';
import { settings } from '../support/settings.ts';

it('without a configured account there is no home account', () => {
  expect(homeOf({ ...settings, accounts: [] })).toBe('');
});
