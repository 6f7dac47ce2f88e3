import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PermanentError } from '../shared/core/errors.ts';
import { withService } from './service/assembled-service.ts';
import { runServerless } from './service/run-serverless.ts';
import type { Terminal } from './terminal.ts';

/**
 * Runs the work in a folder that has everything the local world reads: the packaged stack, and files that are not in the program
 * itself. In a checkout that is the checkout. For an installed package it is a temporary folder, in which `serverless` packages
 * the stack first: no one else writes below node_modules.
 * @throws PermanentError if the checkout is not packaged
 */
export const inLocalHome = <T>(terminal: Terminal, work: () => Promise<T>): Promise<T> =>
  existsSync(join(terminal.root, bootstrap)) ? inCheckout(terminal.root, work) : inPackage(terminal, work);

const bootstrap = 'local/stack/bootstrap.cjs';
const template = '.serverless/cloudformation-template-update-stack.json';

const inCheckout = <T>(root: string, work: () => Promise<T>): Promise<T> => {
  if (!existsSync(join(root, template)))
    throw new PermanentError(
      `The local world needs ${template} in ${root}. Run "npm run package" in a checkout of rolebridge, and run this command there.`,
    );
  process.chdir(root);
  return work();
};

/** Files of the package, and where the local world reads them. */
const files = [
  ['dist/local/bootstrap.cjs', bootstrap],
  ['dist/local/workload.mjs', 'local/workload.mjs'],
  ['boot', 'boot'],
] as const;

const inPackage = async <T>(terminal: Terminal, work: () => Promise<T>): Promise<T> => {
  const { root } = terminal;
  const missing = files.find(([from]) => !existsSync(join(root, from)));
  if (missing !== undefined)
    throw new PermanentError(
      `The local world needs ${missing[0]} in ${root}. Install the package, or run this command in a checkout of rolebridge.`,
    );
  const settings = readFileSync(join(root, 'dist/local/rolebridge.yml'), 'utf8');
  return withService(root, settings, async (folder) => {
    for (const [from, to] of files) cpSync(join(root, from), join(folder, to), { recursive: true });
    // It packages the local world's own stage, which is the same for every --stage.
    await runServerless({ ...terminal, stage: localStage }, folder, 'package');
    const before = process.cwd();
    process.chdir(folder);
    try {
      return await work();
    } finally {
      process.chdir(before);
    }
  });
};

const localStage = 'prod';
