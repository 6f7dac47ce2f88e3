import { enableCompileCache } from 'node:module';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { BareNodeRunner } from './bare-node-runner.ts';

// Each worker loads the same files, and so does one that replaces a worker that is full or was stopped.
enableCompileCache();

/** What Stryker asks a plugin for: the test runner of stryker.config.json. */
export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'bare-node', BareNodeRunner)];
