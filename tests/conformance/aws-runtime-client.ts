import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** AWS's runtime client, ready to run, or the reason why this machine cannot build it. */
export type RuntimeClient =
  | { readonly kind: 'built'; readonly script: string }
  | { readonly kind: 'unbuildable'; readonly reason: string };

const source = 'tests/conformance/runtime-client';
const files = ['package.json', 'package-lock.json'];
/** Its install scripts compile curl, aws-lambda-cpp and an addon for Node with these programs. */
const tools = ['cmake', 'make', 'c++', 'python3', 'tar', 'xz', 'perl', 'timeout'];
/** 43 s on two idle cores; more than eight minutes on the same two while other builds ran. */
const timeoutSeconds = 15 * 60;

/**
 * Installs aws-lambda-ric with its own lockfile into the user's cache folder, once for each version, Node and
 * processor. It is not one of our dependencies: `npm ci` would compile it on every machine, and fail without a
 * compiler.
 */
export const buildRuntimeClient = (): RuntimeClient => {
  const folder = cacheFolder();
  const script = join(folder, 'node_modules/aws-lambda-ric/index.mjs');
  const built = { kind: 'built', script } as const;
  if (existsSync(script)) return built;
  if (process.platform !== 'linux') return { kind: 'unbuildable', reason: 'it is built on Linux alone' };
  const missing = tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (missing.length > 0)
    return { kind: 'unbuildable', reason: `install ${missing.join(', ')}, and run this again` };
  const problem = installInto(folder);
  return problem === undefined ? built : { kind: 'unbuildable', reason: problem };
};

const cacheFolder = (): string => {
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(source, file)));
  const id = [process.version, process.arch, hash.digest('hex').slice(0, 12)].join('-');
  return join(caches, 'rolebridge', `runtime-client-${id}`);
};

/** Builds next to the folder and renames, so that an interrupted build is never mistaken for a complete one. */
const installInto = (folder: string): string | undefined => {
  mkdirSync(dirname(folder), { recursive: true });
  const scratch = mkdtempSync(`${folder}-`);
  try {
    for (const file of files) copyFileSync(join(source, file), join(scratch, file));
    // The program `timeout` ends npm's whole process group. Node would only end npm, and wait for the compilers.
    const command = ['-k', '5', String(timeoutSeconds), 'npm', 'ci', '--no-audit', '--no-fund'];
    const { status, stdout, stderr } = spawnSync('timeout', command, {
      cwd: scratch,
      encoding: 'utf8',
      env: { ...process.env, ...headers() },
    });
    if (status !== 0)
      return `npm ci in ${source} ended with ${status}: ${`${stdout}${stderr}`.slice(-2_000)}`;
    if (!existsSync(folder)) renameSync(scratch, folder);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/**
 * Node's headers come with the package that provides our Node 24. Otherwise node-gyp would download them from
 * nodejs.org.
 */
const headers = (): Readonly<Record<string, string>> => {
  const folder = join(dirname(process.execPath), '..');
  return existsSync(join(folder, 'include/node/node_api.h')) ? { npm_config_nodedir: folder } : {};
};
