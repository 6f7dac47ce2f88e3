import type { RoleRef } from '../core/model.ts';
import type { Settings } from '../core/settings.ts';
import type { Check } from './check.ts';
import type { Facts } from './context.ts';
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

const seenOf = async (facts: Facts): Promise<Seen> => ({
  settings: await facts.settings(),
  google: await facts.google(),
  account: await facts.account(),
});

/** Makes checks that look at Google with the settings at hand. */
export const checkMaker =
  (facts: Facts) =>
  (
    id: string,
    title: string,
    permission: string,
    judge: (seen: Seen) => Promise<Finding>,
    { needs = [], excusedBy = [] }: Partial<Pick<Check, 'needs' | 'excusedBy'>> = {},
  ): Check => ({
    id,
    group: 'Google',
    title,
    permission,
    needs: [...needsGoogle, ...needs],
    excusedBy,
    run: async () => judge(await seenOf(facts)),
  });

/** The roles of the two functions, as Lambda starts their sessions. */
export const functionRefs = async (facts: Facts): Promise<readonly RoleRef[]> => {
  const { id } = await facts.account();
  return facts.names.functionRoles.map((roleName) => ({ partition: 'aws', accountId: id, roleName }));
};
