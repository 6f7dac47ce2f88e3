import { makeGoogleSide } from '../../../local/google-side.ts';
import { functionRoleNames } from '../../../shared/core/stack.ts';
import { accountId, settings } from '../../support/settings.ts';
import { provider, startSetupWorld } from '../../support/setup-world.ts';

it('the Google side of the local world is what setup creates: setup finds nothing to do there', async () => {
  const world = await startSetupWorld();
  const google = { ...settings.google, projects: ['acme-data'] };
  makeGoogleSide(world.google, {
    google,
    account: { id: accountId, provider },
    functionRoles: functionRoleNames('prod', {}),
  });
  const { steps, warnings, refusals } = await world.plan();
  expect(steps.filter(({ kind }) => kind !== 'writeSettings')).toEqual([]);
  expect({ warnings, refusals }).toEqual({ warnings: [], refusals: [] });
  await world.close();
});
