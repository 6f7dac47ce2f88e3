import NodeEnvironment from 'jest-environment-node';
import { createProgramPool, type ProgramPool } from './program-pool.ts';

declare global {
  var programPool: ProgramPool;
}

// Jest loads this module once in each worker, outside of its suites.
const programPool = createProgramPool();

/** Gives each suite the pool of programs, which outlasts it. */
export default class Environment extends NodeEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { programPool });
  }
}
