import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { ConfigPaths } from '../../../shared/config/paths.ts';
import type { Origin } from '../../../shared/report/report.ts';

/**
 * The commit of the checkout that has rolebridge.yml; undefined outside of a checkout, without git, or if git does not know one of the
 * files.
 */
export const commitOf = async (paths: ConfigPaths): Promise<Origin['commit']> => {
  const folder = dirname(paths[0]);
  const names = paths.map((path) => path.slice(path.lastIndexOf('/') + 1));
  try {
    // A file that git ignores has no changes in its status. This command fails for it.
    await git(folder, ['ls-files', '--error-unmatch', '--', ...names]);
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
  const { stdout } = await promisify(execFile)('git', ['--no-optional-locks', '-C', folder, ...args], {
    timeout: 5000,
  });
  return stdout.trim();
};
