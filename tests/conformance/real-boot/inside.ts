/**
 * Runs inside a sealed network: boots one machine with the files that `rolebridge boot` printed into a folder. Prints
 * its observations as JSON; boot.test.ts checks them.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { region, startInstance } from '../../support/instance.ts';
import { reader } from '../../support/settings.ts';
import { boot, type Machine, mountMachine } from './machine.ts';
import { openNetwork } from './network.ts';
import type { Look, Seen } from './seen.ts';

/** The service of docs/use/ec2.md. It is started by hand: at boot, multi-user.target would wait for it. */
const app = `[Unit]
Wants=google-access.service
After=google-access.service

[Service]
Type=oneshot
RemainAfterExit=yes
EnvironmentFile=-/etc/google-access/environment
ExecStart=/bin/sh -c 'exec test -r "$GOOGLE_APPLICATION_CREDENTIALS"'
`;

const main = async ([folder = '', base = '', kind = '', grant = '']: readonly string[]): Promise<void> => {
  const instance = await startInstance();
  const certificate = await openNetwork(folder, instance.metadataUrl, instance.aws.url);
  const scratch = join(folder, `${kind}-${grant}`);
  mkdirSync(scratch);
  const root = mountMachine(base, scratch);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put('etc/hosts', `127.0.0.1 localhost ssm.${region}.amazonaws.com\n`);
  appendFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), certificate);
  put('etc/systemd/system/app.service', app);
  // There is no generator of locales in this Debian, and no SSH server.
  put(
    'etc/cloud/cloud.cfg.d/99-test.cfg',
    'datasource_list: [NoCloud]\nlocale: false\nssh_genkeytypes: []\n',
  );
  put('var/lib/cloud/seed/nocloud/meta-data', 'instance-id: i-0123456789abcdef0\nlocal-hostname: machine\n');
  put('var/lib/cloud/seed/nocloud/user-data', readFileSync(join(folder, kind), 'utf8'));

  const publish = (): void => instance.publish('default', reader);
  const group = `${basename(folder)}-${kind}-${grant}`;
  const seen =
    grant === 'early'
      ? await bootGranted(root, group, publish)
      : await bootTwice(root, group, publish, () => instance.unpublish('default'));
  process.stdout.write(JSON.stringify(seen));
  // This is the first process, so everything that runs in here ends with it.
  process.exit(0);
};

type Units = Look['units'];
const isBooted = (units: Units): boolean =>
  units['cloud-final.service'] === 'active/exited' && units['multi-user.target'] === 'active/active';
const isWaiting = (units: Units): boolean =>
  isBooted(units) && units['google-access.service'] === 'activating/start';
/** False before its start and while it runs: systemd shows `activating/start` until the program has ended. */
const isGranted = (units: Units): boolean =>
  isBooted(units) && /^(active|failed)\//.test(units['app.service'] ?? '');
const startApp = (machine: Machine): Promise<string> =>
  machine.shell('systemctl start --no-block app.service');

const bootGranted = async (root: string, group: string, publish: () => void): Promise<Seen['early']> => {
  publish();
  const machine = await boot(root, group);
  await machine.lookUntil(isBooted);
  // This comes before the service of the app, which starts another fetch.
  const userDataEnd = await machine.userDataEnd();
  await startApp(machine);
  return { granted: await machine.lookUntil(isGranted), userDataEnd };
};

const bootTwice = async (
  root: string,
  group: string,
  publish: () => void,
  unpublish: () => void,
): Promise<Seen['late']> => {
  const machine = await boot(root, group);
  await machine.lookUntil(isWaiting);
  const userDataEnd = await machine.userDataEnd();
  await startApp(machine);
  const waiting = await machine.lookUntil(isWaiting);
  publish();
  const granted = await machine.lookUntil(isGranted);
  await machine.powerOff();
  unpublish();
  const again = await boot(root, group);
  return { waiting, granted, userDataEnd, secondBoot: await again.lookUntil(isWaiting) };
};

await main(process.argv.slice(2));
