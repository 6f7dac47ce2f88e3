import vm from 'node:vm';
import NodeEnvironment from 'jest-environment-node';
import { createProgramPool, type ProgramPool } from './program-pool.ts';

declare global {
  var programPool: ProgramPool;
}

// Jest loads this module once in each worker, outside of its suites.
const programPool = createProgramPool();

/** Gives each suite globals of its own, and the pool of programs, which outlasts it. */
export default class Environment extends NodeEnvironment {
  constructor(...args: ConstructorParameters<typeof NodeEnvironment>) {
    const { createContext } = vm;
    // Jest's own context asks a Proxy for each global, even for `Math`: that takes up to a fifth of a suite's CPU.
    Object.assign(vm, { createContext: () => createContext(vm.constants.DONT_CONTEXTIFY) });
    try {
      super(...args);
    } finally {
      Object.assign(vm, { createContext });
    }
  }

  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { programPool });
  }
}
