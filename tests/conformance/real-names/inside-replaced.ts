/**
 * Runs inside a sealed network in which every name and every address leads to a recorder. Gives configs with a
 * replaced value to both programs that check configs, and gives the configs that these write to the clients. Prints
 * its observations as JSON; replaced-values.test.ts checks them.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startInstanceMetadata } from '../../../local/aws/instance-metadata.ts';
import { type AwsWorld, startAws } from '../../../local/aws/world.ts';
import { startGoogle } from '../../../local/google/world.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { trustedPoolsOf, trustedProviders } from '../../../shared/core/trusted-pools.ts';
import { publicOrigins } from '../../../shared/credentials/config-shapes.ts';
import { type ConfigTrust, rewriteConfig } from '../../../shared/credentials/rewritten-config.ts';
import { type ConfigText, genuineConfigs, ownEndpoints } from '../../support/poisoned-configs.ts';
import { otherAccounts, replacedConfigs } from '../../support/replaced-configs.ts';
import { accountId, reader, reports, settings } from '../../support/settings.ts';
import { startBigQuery } from '../../support/workloads.ts';
import { certificatesIn } from './certificates.ts';
import { askingClients, printSeen, runBootScript } from './instance.ts';
import { setUpCatchAll } from './network.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import type { Decision, Look, ReplacedSeen } from './replaced-seen.ts';
import type { Task } from './seen.ts';
import { uncheckedConfigs } from './unchecked.ts';

const region = 'eu-west-1';
const origins = Object.values(ownEndpoints);
const trust: ConfigTrust = {
  providers: trustedProviders(trustedPoolsOf(settings), accountId),
  origins,
  metadata: publicOrigins.metadata,
};

const replaceValues = async (task: Task): Promise<ReplacedSeen> => {
  const scratch = setUpCatchAll(task.folder);
  const texts = replacedConfigs();
  const ports = [80, 443, ...portsIn(texts)];
  const { aws, recorder, close } = await startClouds(task.folder, [...new Set(ports)]);
  const look = looking(task, scratch, recorder);
  const published = genuineConfigs[0]?.text ?? '';

  const unchecked: Record<string, Readonly<Record<string, Look>>> = {};
  for (const { name, text } of uncheckedConfigs(published)) unchecked[name] = await look.byEach(text);
  const byEach = await look.byEach(published);

  const { boot, decisions } = await decide(task.folder, scratch, aws, texts);
  const written = new Map<string, string>();
  for (const { name, command, boot: booted } of decisions)
    for (const text of [command, booted]) if (text !== null && !written.has(text)) written.set(text, name);
  recorder.take();
  const accepted: Record<string, Look> = {};
  for (const [text, name] of written) accepted[name] = await look.byAll(text);
  await close();
  return {
    unchecked,
    published: byEach,
    texts: texts.length,
    disagreements: decisions.filter(({ command, boot: booted }) => command !== booted),
    accepted,
    boot,
  };
};

/** Every port in a text, if it is a valid port. */
const portsIn = (texts: readonly ConfigText[]): readonly number[] =>
  texts
    .flatMap(({ text }) => [...text.matchAll(/:(\d{1,5})(?!\d)/g)].map(([, port]) => Number(port)))
    .filter((port) => port > 0 && port < 65_536 && port !== 53);

/** Both clouds behind the recorder, with service accounts that the role may all use. */
const startClouds = async (folder: string, ports: readonly number[]) => {
  const aws = await startAws({ accountId, ssmRates: 'unlimited', recreateAfterSeconds: 0 });
  const { projectNumber, pool, project } = settings.google;
  const google = await startGoogle({ awsUrl: aws.url, projectNumber, projectId: project });
  google.addProvider(pool, `aws-${accountId}`, accountId);
  const bindings = [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }];
  for (const account of [reader, ...otherAccounts])
    google.addServiceAccount(account, 'acme-data', { bindings });
  const bigQuery = await startBigQuery(google);
  const { roleName } = reports;
  aws.iam.perform('CreateRole', { RoleName: roleName, AssumeRolePolicyDocument: '{}' });
  const credentials = aws.issueRoleCredentials(roleName, 'i-0123456789abcdef0');
  const metadata = await startInstanceMetadata(() => ({ roleName, credentials, region }));
  const recorder = await startRecorder({
    certificates: certificatesIn(folder),
    upstreams: { aws: aws.url, google: google.url, bigQuery: bigQuery.url, metadata: metadata.url },
    ownHosts: origins.map((origin) => new URL(origin).host),
    ports,
  });
  return {
    aws,
    recorder,
    close: async () => {
      recorder.close();
      await Promise.all([metadata.close(), bigQuery.close(), google.close(), aws.close()]);
    },
  };
};

const looking = (task: Task, scratch: string, recorder: Recorder) => {
  const ask = askingClients(task, scratch);
  const configPath = join(scratch, 'config.json');
  const by = async (text: string, names: readonly string[]): Promise<Look> => {
    writeFileSync(configPath, text);
    const ran = await ask(configPath, names);
    return { ran, contacts: recorder.take() };
  };
  return {
    byAll: (text: string) => by(text, task.names),
    /** One after the other, so that we know which client made each contact. */
    byEach: async (text: string): Promise<Readonly<Record<string, Look>>> => {
      const looks: Record<string, Look> = {};
      for (const name of task.names) looks[name] = await by(text, [name]);
      return looks;
    },
  };
};

/** Gives all texts to both programs: as many parameters of one role, and one by one. */
const decide = async (folder: string, scratch: string, aws: AwsWorld, texts: readonly ConfigText[]) => {
  const parameters = aws.ssm.parameters(region);
  for (const [index, { text: value }] of texts.entries()) {
    const name = `/google-access/${reports.roleName}/grant${index}`;
    parameters.set(name, { name, value, description: '', version: 1 });
  }
  const configs = join(scratch, 'google-access');
  mkdirSync(configs);
  const boot = await runBootScript(folder, configs);
  const decisions = texts.map(({ name, text }, index): Decision => {
    const checked = rewriteConfig(text, trust);
    const path = join(configs, `grant${index}.json`);
    return {
      name,
      command: checked.kind === 'accepted' ? `${JSON.stringify(checked.config, null, 2)}\n` : null,
      boot: existsSync(path) ? readFileSync(path, 'utf8') : null,
    };
  });
  return { boot, decisions };
};

await printSeen(replaceValues);
