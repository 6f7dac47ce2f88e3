import pc from 'picocolors';

const { env, stdout } = process;

/** https://no-color.org: colours on a terminal alone, unless somebody insists. */
const isColored =
  (env['NO_COLOR'] ?? '') === '' &&
  !process.argv.includes('--no-color') &&
  ((env['FORCE_COLOR'] ?? '') !== '' || (stdout.isTTY && env['TERM'] !== 'dumb'));

export const colors = pc.createColors(isColored);
