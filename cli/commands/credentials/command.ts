import { defaults } from '../../../shared/config/defaults.ts';
import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { CredentialsCheckOptions } from './check.ts';
import type { CredentialsConfigOptions } from './config.ts';
import type { CredentialsServeOptions } from './serve.ts';

export const credentialsCommand: CommandDefinition = (program, start) => {
  const credentials = program
    .command('credentials')
    .description("give a role's credentials to Google's libraries outside EC2: ECS, EKS, a laptop");
  const endpoint = [
    '--endpoint <url>',
    'address of "rolebridge credentials serve"',
    'http://127.0.0.1:1338',
  ] as const;
  const allowRemote = ['--allow-remote', 'also allow an endpoint that is not on loopback'] as const;
  credentials
    .command('serve')
    .description(
      "answer like EC2's metadata service on loopback, with the credentials that the AWS SDK's default chain finds",
    )
    .option('--port <number>', 'port to listen on', '1338')
    .option('--host <address>', 'address to listen on; loopback unless --allow-remote', '127.0.0.1')
    .option('--role-name <name>', 'name of the role (default: asks STS)')
    .option('--allow-remote', 'also allow an address that is not on loopback')
    .addHelpText(
      'after',
      examples('rolebridge credentials serve', 'rolebridge credentials serve --port 1400 --json'),
    )
    .action(
      start(async (terminal: Terminal, options: CredentialsServeOptions) =>
        (await import('./serve.ts')).credentialsServe(terminal, options),
      ),
    );
  credentials
    .command('config')
    .description('check the published credential config, and print it rewritten for the endpoint of "serve"')
    .option(...endpoint)
    .option('--role <name>', 'whose config to read (default: the role that this command runs as)')
    .option(
      '--account <id>',
      "AWS account of that role (default: the one in rolebridge.yml, else the caller's own)",
    )
    .option('--grant <name>', "which of the role's grants", 'default')
    .option(
      '--prefix <path>',
      `prefix of the parameters (default: GOOGLE_ACCESS_PREFIX, else rolebridge.yml, else ${defaults.parameterPrefix})`,
    )
    .option('--from <file>', 'read the config from this file instead of the parameter')
    .option(
      '--service-account <email>',
      'make the config from rolebridge.yml for this service account, instead of reading one',
    )
    .option('--output <file>', 'write the config to this file, atomically, instead of printing it')
    .option(...allowRemote)
    .addHelpText(
      'after',
      examples(
        'rolebridge credentials config --output /google-access/default.json',
        'rolebridge credentials config --from default.json --endpoint http://127.0.0.1:1400',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: CredentialsConfigOptions) =>
        (await import('./config.ts')).credentialsConfig(terminal, options),
      ),
    );
  credentials
    .command('check')
    .description('for health checks: exit with 0 if the endpoint of "serve" has valid credentials')
    .option(...endpoint)
    .option(...allowRemote)
    .action(
      start(async (terminal: Terminal, options: CredentialsCheckOptions) =>
        (await import('./check.ts')).credentialsCheck(terminal, options),
      ),
    );
};
