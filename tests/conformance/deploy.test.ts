import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { IAM } from '@aws-sdk/client-iam';
import { Lambda } from '@aws-sdk/client-lambda';
import { SQS } from '@aws-sdk/client-sqs';
import { stackNames } from '../../shared/core/stack.ts';
import { packageWith } from '../support/package-with.ts';
import { runProgram } from '../support/run-program.ts';
import { accountId } from '../support/settings.ts';
import { hasMoto, type Moto, startMoto } from './moto.ts';

const names = stackNames('prod');
let moto: Moto;
let folder: string;

/** What leads `serverless` and the SDK to moto. */
const variables = () => ({
  AWS_ENDPOINT_URL: moto.url,
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'y',
  AWS_REGION: 'us-east-1',
  SLS_AWS_MONITORING_FREQUENCY: '200',
});

const serverless = async (...args: readonly string[]): Promise<string> => {
  const { status, output } = await runProgram(['node_modules/.bin/serverless', ...args], {
    cwd: folder,
    env: { ...process.env, ...variables() },
  });
  if (status !== 0) throw new Error(`serverless ${args.join(' ')} failed: ${output}`);
  return output;
};

/** What of the stack moto holds, by name. */
const deployed = async (): Promise<readonly string[]> => {
  const client = {
    region: 'us-east-1',
    endpoint: moto.url,
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  };
  const [roles, rules, functions, queues] = await Promise.all([
    new IAM(client).listRoles({}),
    new EventBridge(client).listRules({}),
    new Lambda(client).listFunctions({}),
    new SQS(client).listQueues({}),
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
    folder = dirname(packageWith(readFileSync('rolebridge.yml', 'utf8')));
  }, 120_000);
  afterAll(async () => {
    await moto.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('deploys the stack, under the names that everything else relies on', async () => {
    await serverless('deploy');
    expect(await deployed()).toEqual(
      [
        ...names.functionRoles.map((role) => `role ${role}`),
        ...[names.roleEventsRule, names.driftRule, names.scheduleRule].map((rule) => `rule ${rule}`),
        ...[names.reconcileFunction, names.sweepFunction].map((name) => `function ${name}`),
        ...[names.queue, names.deadLetterQueue].map((queue) => `queue ${queue}`),
      ].toSorted(),
    );
  }, 180_000);

  it('removes it again, and leaves nothing of it', async () => {
    await serverless('remove');
    expect(await deployed()).toEqual([]);
  }, 180_000);
});
