import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { reachLocalClouds } from '../cli/reach-local-world.ts';
import { startAws } from '../local/aws/world.ts';
import { startGoogle } from '../local/google/world.ts';
import { editorRole, makeGoogleSide, setMember } from '../local/google-side.ts';

export interface EventWorld {
  /** One event for each handler. */
  readonly events: Readonly<Record<HandlerName, unknown>>;
  /** Lambda's second argument. */
  readonly context: unknown;
  readonly close: () => Promise<void>;
}

export type HandlerName = 'reconcile' | 'sweep';

const roleName = 'app-reports';
const stage = 'prod';
const table = `rolebridge-${stage}`;
const queue = `rolebridge-${stage}-reconcile`;
const functionRole = `rolebridge-${stage}-reconcile`;

/** Both clouds on this machine, with one tagged role. This process acts as the function. */
export const startEventWorld = async (): Promise<EventWorld> => {
  const file = parse(readFileSync('rolebridge.yml', 'utf8'));
  const { google, accounts, tagKey = 'google-access' } = file;
  const [account] = accounts;
  const [project] = google.projects;
  const email = `reader@${project}.iam.gserviceaccount.com`;
  const aws = await startAws({ accountId: account.id });
  const side = await startGoogle({
    awsUrl: aws.url,
    projectNumber: google.projectNumber,
    projectId: google.project,
  });
  makeGoogleSide(side, { google, account, stage, functionRoles: [functionRole] });
  side.addServiceAccount(email, project);
  setMember(side.policy(email), editorRole(project), `serviceAccount:${google.serviceAccount}`);
  aws.dynamodb.create({
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  });
  aws.sqs.create({ name: queue, visibilitySeconds: 1800 });
  aws.iam.perform('CreateRole', {
    RoleName: roleName,
    AssumeRolePolicyDocument: '{}',
    Tags: [{ Key: tagKey, Value: email }],
  });
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-event-'));
  const configPath = join(folder, 'rolebridge.yml');
  const endpoints = { sts: side.url, iamcredentials: side.url };
  writeFileSync(configPath, stringify({ ...file, google: { ...google, endpoints } }));
  const { accessKeyId, secretAccessKey, sessionToken } = aws.issueRoleCredentials(functionRole, 'event-path');
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_SERVICE_NAME: 'rolebridge',
    ROLEBRIDGE_CONFIG: configPath,
    ROLEBRIDGE_GOOGLE_ENDPOINT: side.url,
    ROLEBRIDGE_QUEUE_URL: `${aws.url}/${account.id}/${queue}`,
    ROLEBRIDGE_TABLE: table,
    ROLEBRIDGE_STAGE: stage,
    ROLEBRIDGE_MAX_RECEIVES: '8',
  });
  return {
    events: { reconcile: tagRoleEvent(account.id, tagKey, email), sweep: {} },
    context: {
      getRemainingTimeInMillis: () => 300_000,
      functionName: functionRole,
      awsRequestId: randomUUID(),
    },
    close: async () => {
      await Promise.all([aws.close(), side.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Google Cloud before rolebridge was used, and the project's rolebridge.yml. This process acts as an administrator. */
export const startSetupWorld = async (): Promise<Pick<EventWorld, 'close'>> => {
  const { google } = parse(readFileSync('rolebridge.yml', 'utf8'));
  // Nothing is deployed.
  const aws = await startAws({ accountId: '111122223333' });
  const side = await startGoogle({
    awsUrl: aws.url,
    projectNumber: google.projectNumber,
    projectId: google.project,
  });
  side.addProject({ id: google.project, number: google.projectNumber });
  google.projects.forEach((id: string, index: number) =>
    side.addProject({ id, number: `22222222222${index}` }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-setup-path-'));
  const configPath = join(folder, 'rolebridge.yml');
  copyFileSync('rolebridge.yml', configPath);
  Object.assign(process.env, {
    ...reachLocalClouds({ aws, google: side }),
    ROLEBRIDGE_CONFIG: configPath,
  });
  return {
    close: async () => {
      await Promise.all([aws.close(), side.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** The sample that the docs show, for this world's account, role and target. */
const tagRoleEvent = (accountId: string, key: string, email: string): unknown => {
  const { Records } = JSON.parse(readFileSync('events/tag-role.json', 'utf8'));
  const [record] = Records;
  const body = JSON.parse(record.body);
  const detail = {
    ...body.detail,
    recipientAccountId: accountId,
    requestParameters: { roleName, tags: [{ key, value: email }] },
  };
  return { Records: [{ ...record, body: JSON.stringify({ ...body, account: accountId, detail }) }] };
};
