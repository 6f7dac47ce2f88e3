import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PermanentError } from '../shared/core/errors.ts';

/** What the local world is made of, beside the program itself. */
const needed = ['.serverless/cloudformation-template-update-stack.json', 'local/stack/bootstrap.cjs'];

/**
 * The local world runs the packaged stack, so it wants the checkout that this program is part of.
 * @throws PermanentError where it is not there, or not packaged.
 */
export const inCheckout = (root: string): void => {
  const missing = needed.find((path) => !existsSync(join(root, path)));
  if (missing !== undefined)
    throw new PermanentError(
      `The local world needs ${missing} in ${root}. Run "npm run package" in a checkout of rolebridge, and start this there.`,
    );
  process.chdir(root);
};
