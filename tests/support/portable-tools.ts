import { chmodSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInstalled, pathOf } from './instance.ts';

/**
 * Options, in the spelling of getopts, that the tools of GNU, BSD (so macOS) and busybox all understand. They are
 * those of POSIX.1-2024, and for base64 and gzip, which are not in POSIX, those of the three manuals.
 */
export const portableOptions = {
  awk: 'F:f:v:',
  base64: 'd',
  cat: 'u',
  chmod: 'R',
  date: 'u',
  dirname: '',
  env: 'i',
  grep: 'EFce:f:ilnqsvx',
  gzip: 'cdf',
  head: 'n:',
  ln: 'LPfs',
  ls: '1AacdlrtuR',
  mkdir: 'm:p',
  mv: 'fi',
  nohup: '',
  od: 'A:N:j:t:v',
  readlink: 'n',
  rm: 'Rfir',
  sed: 'Ee:f:n',
  sleep: '',
  sort: 'bcdfik:mno:rt:u',
  tail: 'c:fn:',
  tr: 'Ccds',
  wc: 'clmw',
} as const;

export type ToolName = keyof typeof portableOptions;
export const isToolName = (name: string): name is ToolName => Object.hasOwn(portableOptions, name);

/** A tool that refuses every other option, and options after operands, as the tools of BSD do. */
export const strictTool = (name: ToolName): readonly string[] => [
  `refuse() { echo "${name}: not in the list of portable options: $1" >&2; exit 64; }`,
  `while getopts '${portableOptions[name]}' option 2>/dev/null; do`,
  `  case $option in \\?) refuse "$*" ;; esac`,
  'done',
  'seen=$((OPTIND - 1))',
  'for word in "$@"; do',
  '  [ "$seen" -gt 0 ] || case $word in -?*) refuse "$word after an operand" ;; esac',
  '  [ "$seen" -eq 0 ] || seen=$((seen - 1))',
  'done',
  `exec ${pathOf(name)} "$@"`,
];

/** Two machines without GNU: their shell, and a folder as PATH with some tools and nothing else. */
export const machinesWithoutGnu = [
  {
    machine: 'busybox',
    isHere: isInstalled('busybox'),
    shell: () => [pathOf('busybox'), 'ash'] as const,
    addTool: (folder: string, name: ToolName) => symlinkSync(pathOf('busybox'), join(folder, name)),
  },
  {
    machine: 'dash and tools that refuse all but portable options',
    isHere: isInstalled('dash'),
    shell: () => [pathOf('dash')] as const,
    addTool: (folder: string, name: ToolName) => {
      const path = join(folder, name);
      writeFileSync(path, ['#!/bin/sh', ...strictTool(name), ''].join('\n'));
      chmodSync(path, 0o755);
    },
  },
];
export type MachineWithoutGnu = (typeof machinesWithoutGnu)[number];

/** The folder, which the caller removes. `programs` are of any other kind, such as node. */
export const toolFolder = (
  { addTool }: MachineWithoutGnu,
  tools: readonly ToolName[],
  programs: Readonly<Record<string, string>> = {},
): string => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-portable-'));
  for (const name of tools) addTool(folder, name);
  for (const [name, path] of Object.entries(programs)) symlinkSync(path, join(folder, name));
  return folder;
};
