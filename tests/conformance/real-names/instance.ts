import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Ran, run } from '../../../local/run-workload.ts';
import { certificatesIn } from './certificates.ts';
import { clients } from './clients.ts';
import { scratchIn } from './network.ts';
import { bootScriptIn, type Task } from './seen.ts';

/** Runs a story inside the sealed network, and prints its observations as JSON. */
export const printSeen = async (story: (task: Task) => Promise<unknown>): Promise<never> => {
  const [, , argument = ''] = process.argv;
  const task = JSON.parse(argument) as Task;
  // The input ends when the test is gone, regardless of how it ended. Then this cleans up in its place.
  process.stdin
    .on('end', () => {
      spawnSync('umount', ['--lazy', scratchIn(task.folder)]);
      rmSync(task.folder, { recursive: true, force: true });
      process.exit(1);
    })
    .resume();
  const seen = JSON.stringify(await story(task));
  await new Promise((resolve) => process.stdout.write(seen, resolve));
  process.exit(0);
};

/** The printed script of `rolebridge boot`, run once. */
export const runBootScript = (folder: string, configs: string): Promise<Ran> =>
  run('sh', [bootScriptIn(folder)], {
    GOOGLE_ACCESS_DIR: configs,
    GOOGLE_ACCESS_PROFILE: '',
    GOOGLE_ACCESS_WAIT_SECONDS: '0',
  });

/** Runs clients side by side with one config, each in an empty home. */
export const askingClients = ({ folder, pythonPath }: Task, scratch: string) => {
  const { ca: caFile } = certificatesIn(folder);
  let homes = 0;
  return async (configPath: string, names: readonly string[]): Promise<Readonly<Record<string, Ran>>> => {
    const asked = clients
      .filter(({ name }) => names.includes(name))
      .map(async (client) => {
        const home = join(scratch, `home-${(homes += 1)}`);
        mkdirSync(home);
        return [client.name, await client.ask({ folder, configPath, home, caFile, pythonPath })] as const;
      });
    return Object.fromEntries(await Promise.all(asked));
  };
};
