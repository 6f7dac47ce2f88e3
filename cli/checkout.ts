import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PermanentError } from '../shared/core/errors.ts';

/** Files of the local world that are not in the program itself. */
const needed = ['.serverless/cloudformation-template-update-stack.json', 'local/stack/bootstrap.cjs'];

/**
 * Enters the checkout that this program is part of: the local world runs its packaged stack.
 * @throws PermanentError if there is no checkout, or it is not packaged.
 */
export const inCheckout = (root: string): void => {
  const missing = needed.find((path) => !existsSync(join(root, path)));
  if (missing !== undefined)
    throw new PermanentError(
      `The local world needs ${missing} in ${root}. Run "npm run package" in a checkout of rolebridge, and run this command there.`,
    );
  process.chdir(root);
};
