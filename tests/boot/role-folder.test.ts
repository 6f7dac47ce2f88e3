import { type LocalInstance, region, shells, startInstance } from '../support/instance.ts';
import { reader } from '../support/settings.ts';

/** The metadata service returns the role's name in IAM's spelling. Its configs are in a folder in lower case. */

let instance: LocalInstance;
beforeEach(async () => {
  instance = await startInstance();
});
afterEach(() => instance.close());

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

describe.each(shells)(
  'invariant 7, under $shell: the folder of a role',
  ({ shell, command, isInstalled }) => {
    beforeEach(() => {
      if (shell.startsWith('busybox')) instance.toolbox.useBusybox();
    });
    const run = isInstalled ? it : it.skip;

    run.each([
      ['App-Prod', 'app-prod'],
      ['App.Prod+EU=A,B@C_1-d', 'app..prod.2beu.3da.2cb.40c_1-d'],
      [`${letters}-${letters}`, `${letters}-${letters}`.toLowerCase()],
    ])('named %s is %s, in any locale', async (roleName, folder) => {
      instance.roleName = roleName;
      instance.publish('default', reader);
      expect([...instance.aws.ssm.parameters(region).keys()]).toEqual([`/google-access/${folder}/default`]);
      // In Turkish, the lower case of I has no dot.
      const environment = { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' };
      expect(await instance.fetch({ shell: command, environment })).toMatchObject({ ok: true });
      expect(instance.files()).toContain('default.json');
    });

    run('in another casing is not looked at', async () => {
      instance.roleName = 'App-Prod';
      instance.publish('default', reader);
      const parameters = instance.aws.ssm.parameters(region);
      const [planted] = parameters.values();
      if (planted === undefined) throw new Error('nothing is published');
      parameters.clear();
      parameters.set('/google-access/App-Prod/default', {
        ...planted,
        name: '/google-access/App-Prod/default',
      });
      const ran = await instance.fetch({ shell: command });
      expect(ran).toMatchObject({ ok: false, status: 3 });
      expect(ran.output).toContain('/google-access/app-prod');
    });
  },
);
