import type { RoleRef } from '../core/model.ts';
import type { Settings } from '../core/settings.ts';
import { functionRoleNames } from '../core/stack.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import type { Finding } from './finding.ts';
import type { GoogleView } from './ports.ts';

/** Creates checks that read Google with the settings of rolebridge.yml. */
export const googleCheck =
  (context: Context) =>
  (
    id: string,
    title: string,
    permission: string,
    run: (google: GoogleContext) => Promise<Finding>,
    { needs = [], causedBy = [] }: Partial<Pick<Check, 'needs' | 'causedBy'>> = {},
  ): Check => ({
    id,
    group: 'Google',
    title,
    permission,
    needs: [...needsGoogle, ...needs],
    causedBy,
    run: async () =>
      run({
        settings: await context.settings(),
        google: await context.google(),
        account: await context.account(),
      }),
  });

export interface GoogleContext {
  readonly settings: Settings;
  readonly google: GoogleView;
  readonly account: Settings['accounts'][number];
}

/** Every check that reads Google needs these first. */
export const needsGoogle = ['config', 'google-credentials'];

/** The links between a binding and a token that all roles share. */
export const exchangeLinks = ['google-apis', 'pool', 'provider', 'mapping', 'condition'];

/** The AWS roles of the two functions. */
export const functionRoles = async ({ account, settings, stage }: Context): Promise<readonly RoleRef[]> => {
  const { id } = await account();
  return functionRoleNames(stage, await settings()).map((roleName) => ({
    partition: 'aws',
    accountId: id,
    roleName,
  }));
};
