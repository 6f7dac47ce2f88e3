import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { IAM } from '@aws-sdk/client-iam';
import { Lambda } from '@aws-sdk/client-lambda';
import { SQS } from '@aws-sdk/client-sqs';
import { parse, stringify } from 'yaml';
import { readTemplate } from '../../local/stack/template.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { functionRoleNames, stackNames } from '../../shared/core/stack.ts';
import { deployerStatements } from '../../shared/permissions/deployer.ts';
import { policyDocuments } from '../../shared/permissions/policy.ts';
import { packageWith } from '../support/package-with.ts';
import { runProgram } from '../support/run-program.ts';
import { accountId } from '../support/settings.ts';
import { deployerReport } from './deployer-report.ts';
import { hasMoto, type Moto, startMoto } from './moto.ts';
import { type RecordedCall, type RecordingProxy, startRecordingProxy } from './recording-proxy.ts';

const names = stackNames('prod');
let moto: Moto;
let proxy: RecordingProxy;
let folder: string;
/** The calls of each command. */
const recorded = new Map<string, readonly RecordedCall[]>();

/** Variables that lead `serverless` to moto. */
const variables = () => ({
  AWS_ENDPOINT_URL: proxy.url,
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'y',
  AWS_REGION: 'us-east-1',
  SLS_AWS_MONITORING_FREQUENCY: '200',
});

/** Runs a command of `serverless`, and keeps its calls under a name. */
const serverless = async (command: string, name: string): Promise<string> => {
  const { status, output } = await runProgram(['node_modules/.bin/serverless', command], {
    cwd: folder,
    env: { ...process.env, ...variables() },
  });
  if (status !== 0) throw new Error(`serverless ${command} failed: ${output}`);
  recorded.set(name, proxy.take());
  return output;
};

/** Bypasses the proxy, because these calls are not the deployer's. */
const client = () => ({
  region: 'us-east-1',
  endpoint: moto.url,
  credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
});

/** The parts of the stack that moto has, by name. */
const deployed = async (): Promise<readonly string[]> => {
  const [roles, rules, functions, queues] = await Promise.all([
    new IAM(client()).listRoles({}),
    new EventBridge(client()).listRules({}),
    new Lambda(client()).listFunctions({}),
    new SQS(client()).listQueues({}),
  ]);
  return [
    ...(roles.Roles ?? []).map(({ RoleName }) => `role ${RoleName}`),
    ...(rules.Rules ?? []).map(({ Name }) => `rule ${Name}`),
    ...(functions.Functions ?? []).map(({ FunctionName }) => `function ${FunctionName}`),
    ...(queues.QueueUrls ?? []).map((url) => `queue ${url.split('/').at(-1)}`),
  ].toSorted();
};

(hasMoto ? describe : describe.skip)('the real `serverless`, against moto_server', () => {
  beforeAll(async () => {
    moto = await startMoto(accountId);
    proxy = await startRecordingProxy(moto.url, accountId);
    folder = dirname(await packageWith(readFileSync('rolebridge.yml', 'utf8')));
  }, 120_000);
  afterAll(async () => {
    await proxy.close();
    await moto.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('deploys the stack, under the names that everything else relies on', async () => {
    await serverless('deploy', 'serverless deploy');
    expect(await deployed()).toEqual(
      [
        ...functionRoleNames('prod', {}).map((role) => `role ${role}`),
        ...[names.roleEventsRule, names.driftRule, names.scheduleRule].map((rule) => `rule ${rule}`),
        ...[names.reconcileFunction, names.sweepFunction].map((name) => `function ${name}`),
        ...[names.queue, names.deadLetterQueue].map((queue) => `queue ${queue}`),
      ].toSorted(),
    );
  }, 180_000);

  it('updates it', async () => {
    const path = join(folder, 'rolebridge.yml');
    const file = parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>;
    writeFileSync(path, stringify({ ...file, sweep: { schedule: 'rate(2 hours)' } }));
    expect(await serverless('deploy', 'serverless deploy (update)')).toContain('Service deployed');
    const rule = new EventBridge(client()).describeRule({ Name: names.scheduleRule });
    expect(await rule).toMatchObject({ ScheduleExpression: 'rate(2 hours)' });
  }, 180_000);

  it('removes it again, and leaves nothing behind', async () => {
    await serverless('remove', 'serverless remove');
    expect(await deployed()).toEqual([]);
  }, 180_000);

  describe('with only the output of "rolebridge permissions --print deployer"', () => {
    const deployment = { settings: loadSettings('rolebridge.yml'), stage: 'prod', names };
    const template = readTemplate('.serverless/cloudformation-template-update-stack.json', {
      accountId,
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1',
    });

    it('allows each of these calls and those of CloudFormation, and nothing that none of them needs', async () => {
      const policies = policyDocuments(deployerStatements(deployment));
      const { text, denied, unused } = await deployerReport(policies, recorded, template);
      process.stdout.write(`\n${text}\n`);
      expect({ denied, unused }).toEqual({ denied: [], unused: [] });
      // If `serverless` makes other calls, save the printed table there.
      expect(`${text}\n`).toBe(readFileSync('docs/reports/deployer.txt', 'utf8'));
    });

    it('under a boundary: creates roles with it, and none without it', async () => {
      const boundary = `arn:aws:iam::${accountId}:policy/rolebridge`;
      const policies = policyDocuments(deployerStatements(deployment, boundary));
      expect(await deployerReport(policies, recorded, template, { boundary })).toMatchObject({
        denied: [],
        unused: [],
      });
      const { denied } = await deployerReport(policies, recorded, template);
      expect(denied.map((call) => call.replace(/ on .*/, ''))).toEqual([
        'AWS::IAM::Role: iam:CreateRole',
        'AWS::IAM::Role: iam:CreateRole',
        'AWS::IAM::Role: iam:PutRolePolicy',
        'AWS::IAM::Role: iam:PutRolePolicy',
      ]);
    });
  });
});
