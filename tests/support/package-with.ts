import { cpSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Ending } from './program-pool.ts';

/**
 * Runs `serverless package` with another rolebridge.yml or stage, on the existing bundles. Returns the folder of the
 * package.
 */
export const packageWith = async (rolebridgeYml: string, stage = 'prod'): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-package-'));
  for (const path of ['serverless.yml', 'package.json', 'stack', 'scripts', 'dist'])
    cpSync(path, join(folder, path), { recursive: true });
  for (const path of ['node_modules', 'shared']) symlinkSync(resolve(path), join(folder, path));
  writeFileSync(join(folder, 'rolebridge.yml'), rolebridgeYml);
  const { status, stdout, stderr } = await serverless(folder, ['package', '--stage', stage]);
  if (status !== 0) throw new Error(`serverless package failed: ${stdout}${stderr}`);
  return join(folder, '.serverless');
};

/** Runs `serverless` in a folder that has node_modules. */
export const serverless = (
  folder: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ending> =>
  globalThis.programPool.run({
    program: realpathSync(join(folder, 'node_modules/.bin/serverless')),
    args,
    folder,
    environment: { ...ownVariables(), ...variables },
    preloaded: [],
  });

const ownVariables = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
