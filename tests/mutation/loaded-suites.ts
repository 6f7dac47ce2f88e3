import { context } from './context.ts';
import { loadSuite, type Suite } from './suite.ts';

/** Each suite is loaded once, when it is first needed, and again only for a mutant that it depends on while it is loaded. */
export class LoadedSuites {
  readonly #loaded = new Map<string, Suite>();

  /** The suite without a mutant. */
  async get(path: string): Promise<Suite> {
    context.activeMutant = undefined;
    const suite = this.#loaded.get(path) ?? (await loadSuite(path));
    this.#loaded.set(path, suite);
    return suite;
  }

  /** The suite with a mutant, which is on from here. Static: a mutant of what the code computes while it is loaded. */
  async getWith(mutant: string, isStatic: boolean, path: string): Promise<Suite> {
    if (isStatic) {
      context.activeMutant = mutant;
      return loadSuite(path, mutant);
    }
    const suite = await this.get(path);
    context.activeMutant = mutant;
    return mutant in suite.reached ? loadSuite(path) : suite;
  }
}
