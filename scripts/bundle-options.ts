import { readFileSync } from 'node:fs';
import type { BuildOptions, Plugin } from 'esbuild';

/**
 * AWS's clients describe every operation in one file, with computed keys: `{ [_xN]: "Filter" }`. esbuild keeps an unused value
 * with a computed key, because computing it may do something. These keys are constants of the same file, so we write them
 * out. Without this, the EC2 client alone has 0.8 MB, of which we call two operations.
 */
const plainKeys: Plugin = {
  name: 'plain-keys',
  setup: (made) => {
    made.onLoad({ filter: /@aws-sdk[\\/].*[\\/]schemas_\d+\.js$/ }, ({ path }) => ({
      contents: withPlainKeys(readFileSync(path, 'utf8')),
      loader: 'js',
    }));
  },
};

/** Options that all our bundles share. */
export const bundling = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [plainKeys],
} satisfies BuildOptions;

/** For programs that a person may have to read in a stack trace: names stay as they are. */
export const shortened = { ...bundling, minifySyntax: true, minifyWhitespace: true } satisfies BuildOptions;

const withPlainKeys = (source: string): string => {
  const constants = new Map(
    [...source.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name = '', text = '']) => [name, text]),
  );
  return source.replaceAll(/(?<=[{,]\s*)\[(\w+)\]:/g, (key, name: string) => {
    const text = constants.get(name);
    return text === undefined ? key : `${text}:`;
  });
};
