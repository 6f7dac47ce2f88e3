import { gzipSync } from 'node:zlib';
import { PermanentError } from '../../../shared/core/errors.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { trustedPoolsOf } from '../../../shared/core/trusted-pools.ts';
import { isPlainOrigin } from '../../../shared/credentials/config-shapes.ts';
import type { BootFileName } from './boot-files.ts';

/** What an instance gets, and where. */
export interface InstanceFile {
  readonly path: string;
  readonly mode: string;
  readonly content: string;
}

type ReadBootFile = (name: BootFileName) => string;

/** Only these two of google.endpoints show in published configs. */
const trustedOrigins = ({ google: { endpoints } }: Settings): readonly string[] => {
  const origins = [endpoints.sts, endpoints.iamcredentials].flatMap((origin) => origin ?? []);
  const odd = origins.find((origin) => !isPlainOrigin(origin));
  if (odd !== undefined)
    throw new PermanentError(`google.endpoints: ${odd} is no origin that boot/fetch could trust.`);
  return [...new Set(origins)];
};

/** The variables of boot/fetch and `rolebridge credentials config` that differ from deployment to deployment. */
export const instanceVariables = (settings: Settings): Readonly<Record<string, string>> => {
  const { pools, providers } = trustedPoolsOf(settings);
  return {
    GOOGLE_ACCESS_PREFIX: settings.parameterPrefix,
    GOOGLE_ACCESS_POOLS: pools.join(' '),
    GOOGLE_ACCESS_PROVIDERS: providers.join(' '),
    GOOGLE_ACCESS_TRUSTED_ENDPOINTS: trustedOrigins(settings).join(' '),
  };
};

/** boot/fetch with the defaults of this deployment. */
export const fetchScript = (read: ReadBootFile, settings: Settings): string => {
  const variables = Object.entries(instanceVariables(settings));
  return variables.reduce(
    (script, [name, value]) => script.replace(new RegExp(`(?<=\\$\\{${name}:-)[^}]*(?=\\})`), () => value),
    read('fetch'),
  );
};

/** For containers: a file of variables, as `docker run --env-file` and systemd read it. */
export const environmentText = (settings: Settings): string =>
  Object.entries(instanceVariables(settings))
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');

const unitFolder = '/etc/systemd/system';

/** The script and the units that start it. */
export const instanceFiles = (read: ReadBootFile, settings: Settings): readonly InstanceFile[] => [
  { path: '/usr/local/sbin/google-access-fetch', mode: '0755', content: fetchScript(read, settings) },
  ...(['google-access.service', 'google-access.timer'] as const).map((name) => ({
    path: `${unitFolder}/${name}`,
    mode: '0644',
    content: read(name),
  })),
];

/** The units alone, each under its path, as `systemctl cat` shows them. */
export const unitsText = (files: readonly InstanceFile[]): string =>
  files
    .filter(({ path }) => path.startsWith(unitFolder))
    .map(({ path, content }) => `# ${path}\n${content}`)
    .join('\n');

/** A script without the comments behind its first lines, which say what it is. */
export const withoutComments = (script: string): string => {
  const start = script.search(/^[^#]/m);
  return script.slice(0, start) + script.slice(start).replaceAll(/^ *#.*\n/gm, '');
};

/** EC2 takes at most 16 KB of user data, so the script is compressed and leaves its comments at home. */
const packed = (text: string): string =>
  gzipSync(withoutComments(text), { level: 9 })
    .toString('base64')
    .replaceAll(/.{200}(?=.)/g, '$&\n');

/** Fills a template: a line of it that is `@name@` becomes the text of that name, indented as that line. */
export const filled = (template: string, files: readonly InstanceFile[]): string =>
  template.replaceAll(/^( *)@([\w.-]+)@$/gm, (_, indent: string, name: string) => {
    const file = files.find(({ path }) => path.endsWith(name === 'packed-script' ? '-fetch' : `/${name}`));
    if (file === undefined) throw new Error(`nothing is called ${name}`);
    const text = name === 'packed-script' ? packed(file.content) : withoutComments(file.content).trimEnd();
    return text.replaceAll(/^(?=.)/gm, indent);
  });
