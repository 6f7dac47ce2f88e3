import { seedExample } from '../cli/example-world.ts';
import { reachLocalWorld } from '../cli/reach-local-world.ts';
import { run } from '../local/run-workload.ts';
import { startLocalWorld } from '../local/world.ts';

/** Files whose `console` blocks begin with `$ rolebridge`; each file gets a world of its own, and runs from top to bottom. */
export const capturedFiles = ['README.md', 'docs/commands.md', 'docs/doctor.md'];

const block = /```console\n\$ rolebridge (.*)\n(?:[^`]*)```/g;

/** A file's text with each block as its command says it now. */
export const withCaptures = async (text: string): Promise<string> => {
  const commands = [...text.matchAll(block)].map(([, command = '']) => command);
  if (commands.length === 0) return text;
  const world = await startLocalWorld({ timeScale: 0.01 });
  try {
    await seedExample(world);
    // Second looks are over: what commands say of the queue does not depend on when they ask.
    await world.settled();
    const environment = reachLocalWorld(world);
    const said: string[] = [];
    for (const command of commands) {
      // Both streams in the order in which they come, as on a terminal.
      const { output } = await run('sh', ['-c', `node cli/rolebridge.ts ${command} 2>&1`], environment);
      // Unique ids come in the order of everything that was made, requests among it.
      const shown = output.replaceAll(/AROA\d{17}/g, 'AROAEXAMPLEROLE000000');
      said.push(`\`\`\`console\n$ rolebridge ${command}\n${shown}\n\`\`\``);
    }
    return text.replaceAll(block, () => said.shift() ?? '');
  } finally {
    await world.close();
  }
};
