import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { ConfigPaths } from '../../../shared/config/paths.ts';
import type { Origin } from '../../../shared/report/report.ts';

/** The commit of the checkout that rolebridge.yml is in; undefined outside of a checkout, or without git. */
export const commitOf = async (paths: ConfigPaths): Promise<Origin['commit']> => {
  const folder = dirname(paths[0]);
  const names = paths.map((path) => path.slice(path.lastIndexOf('/') + 1));
  try {
    const [id, changes] = await Promise.all([
      git(folder, ['rev-parse', '--verify', 'HEAD']),
      git(folder, ['status', '--porcelain', '--', ...names]),
    ]);
    return { id, isModified: changes !== '' };
  } catch {
    return undefined;
  }
};

const git = async (folder: string, args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)('git', ['-C', folder, ...args], { timeout: 5000 });
  return stdout.trim();
};
