import { context } from './context.ts';
import { loadSuite, type Suite } from './suite.ts';

export interface LoadedSuites {
  /** The suite without a mutant. */
  readonly get: (path: string) => Promise<Suite>;
  /** The suite with a mutant, which is on from here. Static: a mutant of what the code computes while it is loaded. */
  readonly getWith: (mutant: string, isStatic: boolean, path: string) => Promise<Suite>;
}

/** Each suite is loaded once, when it is first needed, and again only for a mutant that it depends on while it is loaded. */
export const createLoadedSuites = (): LoadedSuites => {
  const loaded = new Map<string, Suite>();
  const get: LoadedSuites['get'] = async (path) => {
    context.activeMutant = undefined;
    const suite = loaded.get(path) ?? (await loadSuite(path));
    loaded.set(path, suite);
    return suite;
  };
  return {
    get,
    getWith: async (mutant, isStatic, path) => {
      if (isStatic) {
        context.activeMutant = mutant;
        return loadSuite(path, mutant);
      }
      const suite = await get(path);
      context.activeMutant = mutant;
      return mutant in suite.reached ? loadSuite(path) : suite;
    },
  };
};
