import { pathsText } from '../shared/config/paths.ts';
import type { CommandRuntime } from './runtime.ts';
import type { Terminal } from './terminal.ts';

/** Loads both clouds' SDKs when a command needs them, so that `--help` does not wait for them. */
export const openRuntime = async (terminal: Terminal): Promise<CommandRuntime> => {
  const { createCommandRuntime } = await import('./runtime.ts');
  const runtime = createCommandRuntime(terminal);
  const { configPaths: paths } = runtime;
  // The person may not expect a file above this folder, or an override.
  if (paths[0].startsWith('..') || paths.length > 1) terminal.say(`Using ${pathsText(paths)}.`);
  return runtime;
};
