import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const bootFileNames = [
  'fetch',
  'google-access.service',
  'google-access.timer',
  'cloud-init.yaml',
  'user-data.sh',
] as const;

export type BootFileName = (typeof bootFileNames)[number];

/** Set by scripts/build-cli.ts: the built program is one file that contains them. */
declare const ROLEBRIDGE_BOOT_FILES: Readonly<Record<BootFileName, string>> | undefined;

/** The text of a file in boot/. */
export const bootFile = (root: string, name: BootFileName): string =>
  typeof ROLEBRIDGE_BOOT_FILES === 'undefined'
    ? readFileSync(join(root, 'boot', name), 'utf8')
    : ROLEBRIDGE_BOOT_FILES[name];
