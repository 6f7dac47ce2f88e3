import { gzipSync } from 'node:zlib';
import type { Settings } from '../../../shared/core/settings.ts';
import { instanceVariables } from '../../instance-variables.ts';
import type { BootFileName } from './boot-files.ts';

/** A file to install on an instance. */
export interface InstanceFile {
  readonly path: string;
  readonly mode: string;
  readonly content: string;
}

type ReadBootFile = (name: BootFileName) => string;

const unitFolder = '/etc/systemd/system';

/** The script, and the units that start it. */
export const instanceFiles = (read: ReadBootFile, settings: Settings): readonly InstanceFile[] => [
  { path: '/usr/local/sbin/google-access-fetch', mode: '0755', content: fetchScript(read, settings) },
  ...(['google-access.service', 'google-access.timer'] as const).map((name) => ({
    path: `${unitFolder}/${name}`,
    mode: '0644',
    content: read(name),
  })),
];

/** boot/fetch with the defaults of this deployment. */
export const fetchScript = (read: ReadBootFile, settings: Settings): string => {
  const variables = Object.entries(instanceVariables(settings));
  return variables.reduce(
    (script, [name, value]) => script.replace(new RegExp(`(?<=\\$\\{${name}:-)[^}]*(?=\\})`), () => value),
    read('fetch'),
  );
};

/** The units, each under its path, as `systemctl cat` shows them. */
export const unitsText = (files: readonly InstanceFile[]): string =>
  files
    .filter(({ path }) => path.startsWith(unitFolder))
    .map(({ path, content }) => `# ${path}\n${content}`)
    .join('\n');

/** A file of variables for containers, in the form that `docker run --env-file` and systemd read. */
export const environmentText = (settings: Settings): string =>
  Object.entries(instanceVariables(settings))
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');

/** Fills a template: a line of it that is `@name@` becomes the text of that name, with the indentation of that line. */
export const filled = (template: string, files: readonly InstanceFile[]): string =>
  template.replaceAll(/^( *)@([\w.-]+)@$/gm, (_, indent: string, name: string) => {
    const file = files.find(({ path }) => path.endsWith(name === 'packed-script' ? '-fetch' : `/${name}`));
    if (file === undefined) throw new Error(`the template names an unknown file: ${name}`);
    const text = name === 'packed-script' ? packed(file.content) : withoutComments(file.content).trimEnd();
    return text.replaceAll(/^(?=.)/gm, indent);
  });

/** EC2 allows at most 16 KB of user data, so the script is compressed, without its comments. */
const packed = (text: string): string =>
  gzipSync(withoutComments(text), { level: 9 })
    .toString('base64')
    .replaceAll(/.{200}(?=.)/g, '$&\n');

/** A script without its comments, except for the first lines, which describe it. */
export const withoutComments = (script: string): string => {
  const start = script.search(/^[^#]/m);
  return script.slice(0, start) + script.slice(start).replaceAll(/^ *#.*\n/gm, '');
};
