import { seedExample } from '../cli/example-world.ts';
import { reachLocalWorld } from '../cli/reach-local-world.ts';
import { startGoogle } from '../local/google/world.ts';
import { run } from '../local/run-workload.ts';
import { startLocalWorld } from '../local/world.ts';
import { loadSettings } from '../shared/config/config.ts';

/** Files whose `console` blocks begin with `$ ./rolebridge`; each file gets a world of its own, and runs from top to bottom. */
export const capturedFiles = [
  'README.md',
  'docs/deploy.md',
  'docs/commands.md',
  'docs/doctor.md',
  'docs/setup.md',
  'docs/permissions.md',
];

const block = /```console\n\$ \.\/rolebridge (.*)\n(?:[^`]*)```/g;

type Variables = Readonly<Record<string, string>>;

/** A file's text with the current output in each block; `setup` runs on a Google side that is not set up yet. */
export const withCaptures = async (text: string): Promise<string> => {
  const commands = [...text.matchAll(block)].map(([, command = '']) => command);
  if (commands.length === 0) return text;
  const world = await startLocalWorld({ timeScale: 0.01 });
  try {
    await seedExample(world);
    // Wait for the rechecks, so that the output about the queue does not depend on when a command runs.
    await world.settled();
    const environment = reachLocalWorld(world);
    const blocks: string[] = [];
    for (const command of commands) {
      const output = await (command.startsWith('setup ')
        ? outputBeforeSetup(command)
        : outputOf(command, environment));
      blocks.push(`\`\`\`console\n$ ./rolebridge ${command}\n${output}\n\`\`\``);
    }
    return text.replaceAll(block, () => blocks.shift() ?? '');
  } finally {
    await world.close();
  }
};

/** Google's side as it is before setup. */
const outputBeforeSetup = async (command: string): Promise<string> => {
  const { google: names } = loadSettings('rolebridge.yml');
  const google = await startGoogle({
    awsUrl: 'http://127.0.0.1:9',
    projectNumber: names.projectNumber,
    projectId: names.project,
  });
  for (const project of names.projects)
    google.addServiceAccount(`reader@${project}.iam.gserviceaccount.com`, project);
  const output = await outputOf(command, {
    ROLEBRIDGE_GOOGLE_ENDPOINT: google.url,
    GOOGLE_OAUTH_ACCESS_TOKEN: google.adminToken,
  });
  await google.close();
  return output;
};

/** The output of a command, both streams in their order, as on a terminal. */
const outputOf = async (command: string, environment: Variables): Promise<string> => {
  const { output } = await run('sh', ['-c', `"$0" dist/rolebridge.mjs ${command} 2>&1`, process.execPath], {
    ...environment,
    ROLEBRIDGE_STARTED_AS: './rolebridge',
  });
  // Ids depend on the order in which everything was created, including requests. CloudFormation generates the table's name.
  return output
    .replaceAll(/AROA\d{17}/g, 'AROAEXAMPLEROLE000000')
    .replaceAll(/\brolebridge-prod-Ledger-[0-9A-F]{12}\b/g, 'rolebridge-prod-Ledger');
};
