import fc from 'fast-check';

// The same names, of which suites use the default export only.
export default {
  ...fc,
  /** A mutant that is wrong is wrong for many inputs: few of them find it, and the smallest says nothing more. */
  assert: (property: fc.IRawProperty<unknown>, parameters: fc.Parameters<unknown> = {}): unknown =>
    fc.assert(property, {
      ...parameters,
      numRuns: Math.min(mostRuns, parameters.numRuns ?? mostRuns),
      endOnFailure: true,
    }),
};

const mostRuns = 25;
