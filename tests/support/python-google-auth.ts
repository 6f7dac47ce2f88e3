import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { hasGcloud, sdkRoot } from '../conformance/google-cloud-cli.ts';

/**
 * Variables with which Python finds google-auth at this path. It compiles the library once for all suites: gcloud's copy is compiled for
 * gcloud's own Python only.
 */
export const googleAuthVariables = (pythonPath: string | undefined): Readonly<Record<string, string>> => ({
  PYTHONPATH: pythonPath ?? '',
  PYTHONPYCACHEPREFIX: resolve('node_modules/.cache/python'),
  PYTHONDONTWRITEBYTECODE: '',
});

const pythonWith = (pythonPath: string): boolean =>
  spawnSync('python3', ['-c', 'import google.auth.aws, google.auth.transport.requests'], {
    env: { ...process.env, ...googleAuthVariables(pythonPath) },
  }).status === 0;

/**
 * The path at which Python finds google-auth: installed, or gcloud's own copy; undefined if the machine has neither.
 */
export const findGoogleAuth = (): string | undefined => {
  if (pythonWith('')) return '';
  if (!hasGcloud) return undefined;
  const bundled = join(sdkRoot(), 'lib', 'third_party');
  return pythonWith(bundled) ? bundled : undefined;
};
