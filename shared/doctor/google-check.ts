import type { RoleRef } from '../core/model.ts';
import type { Settings } from '../core/settings.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import type { Finding } from './finding.ts';
import type { GoogleView } from './ports.ts';

/** What a check of the Google side needs first. */
export const needsGoogle = ['config', 'google-credentials'];

/** What stands between a binding and a token, whatever the role. */
export const exchangeLinks = ['google-apis', 'pool', 'provider', 'mapping', 'condition'];

export interface Seen {
  readonly settings: Settings;
  readonly google: GoogleView;
  readonly account: Settings['accounts'][number];
}

const seenOf = async (context: Context): Promise<Seen> => ({
  settings: await context.settings(),
  google: await context.google(),
  account: await context.account(),
});

/** Makes checks that look at Google with the settings at hand. */
export const checkMaker =
  (context: Context) =>
  (
    id: string,
    title: string,
    permission: string,
    judge: (seen: Seen) => Promise<Finding>,
    { needs = [], causedBy = [] }: Partial<Pick<Check, 'needs' | 'causedBy'>> = {},
  ): Check => ({
    id,
    group: 'Google',
    title,
    permission,
    needs: [...needsGoogle, ...needs],
    causedBy,
    run: async () => judge(await seenOf(context)),
  });

/** The roles of the two functions, as Lambda starts their sessions. */
export const functionRefs = async (context: Context): Promise<readonly RoleRef[]> => {
  const { id } = await context.account();
  return context.names.functionRoles.map((roleName) => ({ partition: 'aws', accountId: id, roleName }));
};
