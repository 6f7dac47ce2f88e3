import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Runs `serverless package` with another rolebridge.yml or stage, on the existing bundles. Returns the folder of the
 * package.
 */
export const packageWith = (rolebridgeYml: string, stage = 'prod'): string => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-package-'));
  for (const path of ['serverless.yml', 'package.json', 'stack', 'scripts', 'dist'])
    cpSync(path, join(folder, path), { recursive: true });
  for (const path of ['node_modules', 'shared']) symlinkSync(resolve(path), join(folder, path));
  writeFileSync(join(folder, 'rolebridge.yml'), rolebridgeYml);
  const { status, stdout, stderr } = spawnSync(
    'node_modules/.bin/serverless',
    ['package', '--stage', stage],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`serverless package failed: ${stdout}${stderr}`);
  return join(folder, '.serverless');
};
