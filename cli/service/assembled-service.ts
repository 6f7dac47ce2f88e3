import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PermanentError } from '../../shared/core/errors.ts';

/** The parts of the service, in the package and in a checkout, and where `serverless` looks for them. */
const parts = [
  ['dist/service', '.'],
  ['dist/package.json', 'dist/package.json'],
  ['dist/handlers/reconcile.js', 'dist/handlers/reconcile.js'],
  ['dist/handlers/sweep.js', 'dist/handlers/sweep.js'],
] as const;

/**
 * Assembles the service in a temporary folder: the built stack and the given rolebridge.yml. Removes the folder after the work,
 * because `serverless` keeps nothing in it that a later run needs.
 * @throws PermanentError if the package or the checkout is not built
 */
export const withService = async <T>(
  root: string,
  settingsText: string,
  work: (folder: string) => Promise<T>,
): Promise<T> => {
  const missing = parts.find(([from]) => !existsSync(join(root, from)));
  if (missing !== undefined)
    throw new PermanentError(
      `${join(root, missing[0])} does not exist. In a checkout, run "npm run build" first. In a package, install it again.`,
    );
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-service-'));
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  // A second Ctrl-C ends the program before the work has ended.
  process.once('exit', clear);
  try {
    for (const [from, to] of parts) cpSync(join(root, from), join(folder, to), { recursive: true });
    writeFileSync(join(folder, 'rolebridge.yml'), settingsText);
    return await work(folder);
  } finally {
    process.off('exit', clear);
    clear();
  }
};
