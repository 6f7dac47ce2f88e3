/**
 * For the environment of a program that inherits nothing else: the folder in which the suites keep Node's compiled
 * code (tests/support/global-setup.ts). It contains only code, so it does not change what a program does.
 */
export const compileCache: Readonly<Record<string, string>> =
  process.env['NODE_COMPILE_CACHE'] === undefined
    ? {}
    : { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] };
