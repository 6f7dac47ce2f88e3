import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PermanentError } from '../shared/core/errors.ts';
import { type LocalAccounts, withLocalAccounts } from './local-accounts.ts';
import { withService } from './service/assembled-service.ts';
import { runServerless } from './service/run-serverless.ts';
import type { Terminal } from './terminal.ts';

/** Work in the local world's folder. `memberIds`: the accounts besides home that the packaged rolebridge.yml lists. */
type Work<T> = (memberIds: LocalAccounts['memberIds']) => Promise<T>;

/**
 * Runs the work in a folder that has everything the local world reads: the packaged stack, and files that are not in the program
 * itself. With one account, a checkout is such a folder. Several accounts need another rolebridge.yml, and no one else writes
 * below node_modules, where an installed package is. In both cases, `serverless` packages the stack in a temporary folder first.
 * @throws PermanentError if the checkout is not packaged
 */
export const inLocalHome = <T>(terminal: Terminal, accountCount: number, work: Work<T>): Promise<T> => {
  const isCheckout = existsSync(join(terminal.root, bootstrap));
  if (isCheckout && accountCount === 1) return inCheckout(terminal.root, work);
  return inTemporaryFolder(terminal, isCheckout ? ofCheckout : ofPackage, accountCount, work);
};

const bootstrap = 'local/stack/bootstrap.cjs';
const template = '.serverless/cloudformation-template-update-stack.json';

const inCheckout = <T>(root: string, work: Work<T>): Promise<T> => {
  if (!existsSync(join(root, template)))
    throw new PermanentError(
      `The local world needs ${template} in ${root}. Run "npm run package" in a checkout of rolebridge, and run this command there.`,
    );
  process.chdir(root);
  return work([]);
};

interface Source {
  readonly settings: string;
  /** Paths, and where the local world reads them. */
  readonly files: readonly (readonly [string, string])[];
  readonly place: (from: string, to: string) => void;
}

const ofCheckout: Source = {
  settings: 'rolebridge.yml',
  files: [
    ['local', 'local'],
    ['boot', 'boot'],
  ],
  // The workload finds its libraries from the checkout.
  place: symlinkSync,
};

const ofPackage: Source = {
  settings: 'dist/local/rolebridge.yml',
  files: [
    ['dist/local/bootstrap.cjs', bootstrap],
    ['dist/local/workload.mjs', 'local/workload.mjs'],
    ['boot', 'boot'],
  ],
  place: (from, to) => cpSync(from, to, { recursive: true }),
};

const inTemporaryFolder = async <T>(
  terminal: Terminal,
  { settings, files, place }: Source,
  accountCount: number,
  work: Work<T>,
): Promise<T> => {
  const { root } = terminal;
  const missing = files.find(([from]) => !existsSync(join(root, from)));
  if (missing !== undefined)
    throw new PermanentError(
      `The local world needs ${missing[0]} in ${root}. Install the package, or run this command in a checkout of rolebridge.`,
    );
  const own = readFileSync(join(root, settings), 'utf8');
  const { text, memberIds } =
    accountCount === 1 ? { text: own, memberIds: [] } : withLocalAccounts(own, accountCount);
  return withService(root, text, async (folder) => {
    for (const [from, to] of files) place(join(root, from), join(folder, to));
    // It packages the local world's own stage, which is the same for every --stage.
    await runServerless({ ...terminal, stage: localStage }, folder, 'package');
    const before = process.cwd();
    process.chdir(folder);
    try {
      return await work(memberIds);
    } finally {
      process.chdir(before);
    }
  });
};

/** The stage of every local world. */
export const localStage = 'prod';
