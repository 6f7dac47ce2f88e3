import { enableCompileCache } from 'node:module';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { BareNodeRunner } from './bare-node-runner.ts';

// A static mutant needs a process of its own, which loads the same files again.
enableCompileCache();

/** What Stryker asks a plugin for: the test runner of stryker.config.json. */
export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'bare-node', BareNodeRunner)];
