import type { CommandRuntime } from './runtime.ts';
import type { Terminal } from './terminal.ts';

/** Loads both clouds' SDKs when a command needs them, so that `--help` does not wait for them. */
export const openRuntime = async ({ stage, signal, logger, say }: Terminal): Promise<CommandRuntime> => {
  const { createCommandRuntime } = await import('./runtime.ts');
  const runtime = createCommandRuntime({ stage, signal, logger });
  if (runtime.configPath.startsWith('..')) say(`Using ${runtime.configPath}.`);
  return runtime;
};
