import type { LocalWorld } from '../local/world.ts';
import { loadSettings } from '../shared/config.ts';
import { credentialConfig } from '../shared/core/credential-config.ts';
import { memberOf } from '../shared/core/member.ts';
import { parameterName } from '../shared/core/parameter-name.ts';
import type { Settings } from '../shared/core/settings.ts';

export const rolesPerAccount = 10;

/**
 * Roles that have what their tags ask for; of the first few, the binding was taken away by hand. The world loses its
 * events: else the functions would restore those bindings.
 */
export const fillWorld = (world: LocalWorld, roles: number, drifted: number): Settings => {
  const settings = loadSettings(world.configPath);
  const [account] = settings.accounts;
  const [project = ''] = settings.google.projects;
  if (account === undefined) throw new Error('rolebridge.yml configures no account');
  world.aws.bus.deliveryOf = () => 'lose';
  for (let from = 0; from < roles; from += rolesPerAccount) {
    const email = `reader-${from / rolesPerAccount}@${project}.iam.gserviceaccount.com`;
    const refs = Array.from({ length: Math.min(rolesPerAccount, roles - from) }, (_, index) => ({
      partition: 'aws',
      accountId: account.id,
      roleName: `app-${String(from + index).padStart(5, '0')}`,
    }));
    const members = refs.filter((_, index) => from + index >= drifted).map((ref) => memberOf(settings, ref));
    world.addServiceAccount(email, {
      bindings: members.length === 0 ? [] : [{ role: 'roles/iam.workloadIdentityUser', members }],
    });
    const value = JSON.stringify(credentialConfig(settings, account.provider, email));
    for (const ref of refs) {
      world.aws.iam.perform('CreateRole', {
        RoleName: ref.roleName,
        AssumeRolePolicyDocument: '{}',
        Tags: [{ Key: settings.tagKey, Value: email }],
      });
      const name = parameterName(settings.parameterPrefix, ref, 'default');
      for (const region of settings.regions)
        world.aws.ssm.parameters(region).set(name, { name, value, description: '', version: 1 });
    }
  }
  return settings;
};
