import pc from 'picocolors';

const { env, stdout } = process;

/** Colors only on a terminal, unless FORCE_COLOR is set (https://no-color.org). */
const isColored =
  (env['NO_COLOR'] ?? '') === '' &&
  !process.argv.includes('--no-color') &&
  ((env['FORCE_COLOR'] ?? '') !== '' || (stdout.isTTY && env['TERM'] !== 'dumb'));

export const colors = pc.createColors(isColored);
