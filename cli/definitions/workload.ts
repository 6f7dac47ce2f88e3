import { Option } from 'commander';
import { type Definitions, examples } from '../command-definition.ts';

/** Of rolebridge's commands: what a workload needs, or whoever runs it. */
export const workloadCommands: Definitions = (program, start) => {
  program
    .command('explain')
    .description('says what an error text means, which link of the chain it comes from, and what to do next')
    .argument('[text...]', 'the error; standard input if left out')
    .addHelpText(
      'after',
      examples(
        `rolebridge explain "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)"`,
        'journalctl -u app | rolebridge explain',
      ),
    )
    .action(start(async () => (await import('../commands/explain.ts')).explain));

  program
    .command('boot')
    .description('prints what an EC2 instance needs to fetch its configs, filled in for this stack')
    .addOption(
      new Option('--print <what>', 'what to print')
        .choices(['cloud-init', 'user-data', 'systemd', 'script', 'environment', 'policy'])
        .makeOptionMandatory(),
    )
    .option('--role <name>', 'with policy: the role of the instances that may list its own parameters')
    .addHelpText(
      'after',
      examples(
        'rolebridge boot --print user-data > user-data.sh',
        'rolebridge boot --print policy --role reports',
        'rolebridge boot --print environment > google-access.env',
        'rolebridge boot --print systemd --json | jq -r ".files[].path"',
      ),
    )
    .action(start(async () => (await import('../commands/boot/boot.ts')).boot));

  const credentials = program
    .command('credentials')
    .description("a role's credentials for Google's libraries where there is no EC2: ECS, EKS, a laptop");
  const endpoint = ['--endpoint <url>', 'of "credentials serve"', 'http://127.0.0.1:1338'] as const;
  credentials
    .command('serve')
    .description("EC2's metadata endpoint on loopback, backed by the AWS SDK's default credential chain")
    .option('--port <number>', 'where to listen', '1338')
    .option('--host <address>', 'where to listen; loopback alone', '127.0.0.1')
    .option('--role-name <name>', 'of the role, instead of asking STS for it')
    .option('--allow-remote', 'other addresses than loopback, too')
    .addHelpText(
      'after',
      examples('rolebridge credentials serve', 'rolebridge credentials serve --port 1400 --json'),
    )
    .action(start(async () => (await import('../commands/credentials/serve.ts')).credentialsServe));
  credentials
    .command('config')
    .description('checks the published credential config, and prints it pointed to that endpoint')
    .option(...endpoint)
    .option('--role <name>', 'whose; the role that this runs as if left out')
    .option('--account <id>', "of that role; rolebridge.yml's, or the caller's own, if left out")
    .option('--grant <name>', 'which of its grants', 'default')
    .option(
      '--prefix <path>',
      'of the parameters; GOOGLE_ACCESS_PREFIX, rolebridge.yml or /google-access if left out',
    )
    .option('--from <file>', 'this config, instead of the published one')
    .option('--service-account <email>', 'make it from rolebridge.yml, for this one')
    .option('--output <file>', 'write it there, at once and whole')
    .option('--allow-remote', 'an endpoint that is not on loopback, too')
    .addHelpText(
      'after',
      examples(
        'rolebridge credentials config --output /google-access/default.json',
        'rolebridge credentials config --from default.json --endpoint http://127.0.0.1:1400',
      ),
    )
    .action(start(async () => (await import('../commands/credentials/config.ts')).credentialsConfig));
  credentials
    .command('check')
    .description('for health checks: exits 0 if that endpoint has valid credentials')
    .option(...endpoint)
    .option('--allow-remote', 'an endpoint that is not on loopback, too')
    .action(start(async () => (await import('../commands/credentials/check.ts')).credentialsCheck));
};
