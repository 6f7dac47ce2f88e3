import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { 'no-bounds': { type: 'boolean', default: false } },
  allowPositionals: true,
});

/** The first argument of a bench: the size of its input, or how often it measures. */
export const sizeOr = (usual: number): number => Number(positionals[0] ?? usual);

/** `--no-bounds` is the gate's: it runs each bench once with a small input, whose numbers mean nothing. */
export const checksBounds = !values['no-bounds'];

/** Fails the bench, once it has printed everything, if its result is out of bounds. */
export const holdBounds = (isWithin: boolean): void => {
  if (checksBounds && !isWithin) process.exitCode = 1;
};
