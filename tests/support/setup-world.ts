import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCommandRuntime } from '../../cli/runtime.ts';
import type { LocalPolicy, PolicyCell } from '../../local/google/policies.ts';
import { type GoogleWorld, startGoogle } from '../../local/google/world.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { Applied, Reporter } from '../../shared/setup/apply.ts';
import { noOptions, type SetupOptions } from '../../shared/setup/options.ts';
import { planText } from '../../shared/setup/plan-text.ts';
import type { SetupPorts } from '../../shared/setup/ports.ts';
import { prepareSetup } from '../../shared/setup/setup.ts';
import type { SetupPlan } from '../../shared/setup/step.ts';
import { undoText } from '../../shared/setup/undo/plan-text.ts';
import type { UndoPlan, UndoStep } from '../../shared/setup/undo/step.ts';
import { type PreparedUndo, prepareUndo } from '../../shared/setup/undo/undo.ts';
import { command, type Said, startCommand, type Variables } from './command-line.ts';
import { expectNoSecretIn } from './secrets.ts';
import { accountId, reader, settings } from './settings.ts';

export const project = 'acme-identity';
export const projectNumber = '123456789012';
export const pool = 'aws-roles';
export const provider = `aws-${accountId}`;
export const own = settings.google.serviceAccount;
export const poolName = `projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}`;
export const providerName = `${poolName}/providers/${provider}`;

/** As short as possible: setup finds and decides the rest. */
export const shortFile = `# Ours.
google:
  project: acme-identity   # holds the pool

  projects: [ acme-data ]
accounts:
  - id: "${accountId}" # production
regions:
  - us-east-1
tagKey: google-access
allow:
  - to: '*@acme-data.iam.gserviceaccount.com'
    roles: [reports]
`;

/** Other people's rows: none of them may ever change. */
export const foreign: LocalPolicy = {
  auditConfigs: [{ service: 'iam.googleapis.com', auditLogConfigs: [{ logType: 'DATA_READ' }] }],
  bindings: [
    { role: 'roles/owner', members: ['user:z@acme.com', 'deleted:user:x@acme.com?uid=1', 'user:a@acme.com'] },
    {
      role: 'roles/browser',
      members: ['user:b@acme.com'],
      condition: { title: 'theirs', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' },
    },
  ],
};

export interface Run {
  readonly plan: SetupPlan;
  readonly text: string;
  readonly applied: Applied;
}

export interface UndoRun {
  readonly plan: UndoPlan;
  readonly text: string;
  readonly applied: Applied<UndoStep>;
}

export interface SetupWorld {
  /** Runs `setup --undo`, with AWS's answer whether the stack is deployed. */
  readonly prepareUndo: (stage?: string, isDeployed?: boolean) => Promise<PreparedUndo>;
  readonly undo: (stage?: string) => Promise<UndoRun>;
  /** The use case itself, with the same adapters. Undefined options count as missing. */
  readonly run: (options?: Partial<SetupOptions>, reporter?: Partial<Reporter>) => Promise<Run>;
  /** The plan of the use case. */
  readonly plan: (options?: Partial<SetupOptions>) => Promise<SetupPlan>;
  readonly google: GoogleWorld;
  /** Milliseconds that `run` would have paused between attempts. The tests do not wait for them. */
  readonly pauses: readonly number[];
  readonly configPath: string;
  readonly variables: Variables;
  readonly data: PolicyCell;
  readonly identity: PolicyCell;
  readonly file: () => string;
  /** Runs `rolebridge setup …`, in a process of its own. */
  readonly setup: (...args: readonly string[]) => Promise<Said>;
  readonly start: (...args: readonly string[]) => ReturnType<typeof startCommand>;
  /** One resource as Google's API shows it to an administrator. */
  readonly get: (path: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly call: (http: string, path: string, body?: object) => Promise<Readonly<Record<string, unknown>>>;
  /** Everything that setup creates, without etags. */
  readonly state: () => Promise<Readonly<Record<string, unknown>>>;
  /** Calls that changed something. */
  readonly writes: (from?: number) => readonly string[];
  readonly close: () => Promise<void>;
}

const stripped = (resource: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(resource).filter(([name]) => name !== 'etag'));

/** Google before rolebridge was used, and a rolebridge.yml. */
export const startSetupWorld = async (
  fileText = shortFile,
  awsUrl = 'http://127.0.0.1:9',
  /** ARNs of the roles that the deployed functions run as. */
  deployedRoles: SetupPorts['deployedRoles'] = () => Promise.resolve([]),
): Promise<SetupWorld> => {
  const google = await startGoogle({ awsUrl, projectNumber, projectId: project });
  const data = google.addProject({ id: 'acme-data', number: '222222222222' });
  const identity = google.addProject({ id: project, number: projectNumber });
  for (const cell of [data, identity]) cell.replace(foreign);
  google.addServiceAccount(reader, 'acme-data', foreign);
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-setup-'));
  const configPath = join(folder, 'rolebridge.yml');
  writeFileSync(configPath, fileText);
  const variables = {
    ROLEBRIDGE_CONFIG: configPath,
    ROLEBRIDGE_GOOGLE_ENDPOINT: google.url,
    GOOGLE_OAUTH_ACCESS_TOKEN: google.adminToken,
  };
  const pauses: number[] = [];
  const prepare = (options: Partial<SetupOptions> = {}) => {
    Object.assign(process.env, variables);
    const runtime = createCommandRuntime({
      stage: 'prod',
      signal: new AbortController().signal,
      logger: { info: () => undefined, warn: () => undefined },
    });
    const ports = (wanted: Settings): SetupPorts => {
      const { clock, ...others } = runtime.setup(wanted);
      const pause = async (milliseconds: number) => void pauses.push(milliseconds);
      const skipped = () => pauses.reduce((sum, one) => sum + one, 0);
      const now = () => new Date(clock.now().getTime() + skipped());
      return { ...others, deployedRoles, clock: { now, pause } };
    };
    return prepareSetup(runtime.settingsFile(), ports, {
      stage: 'prod',
      options: { ...noOptions, ...options },
    });
  };
  const preparedUndo = (stage = 'prod', isDeployed = false) => {
    Object.assign(process.env, variables);
    const runtime = createCommandRuntime({
      stage,
      signal: new AbortController().signal,
      logger: { info: () => undefined, warn: () => undefined },
    });
    return prepareUndo(
      runtime.settingsFile(),
      (wanted) => ({ ...runtime.undo(wanted), isDeployed: () => Promise.resolve(isDeployed) }),
      {
        stage,
        commands: { revokeAll: 'rolebridge revoke --all', remove: 'rolebridge remove' },
      },
    );
  };
  const call: SetupWorld['call'] = async (method, path, body) => {
    const response = await fetch(`${google.url}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${google.adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Readonly<Record<string, unknown>>;
  };
  const get = (path: string) => call('GET', path);
  const start = (...args: readonly string[]) => startCommand(variables, ['setup', ...args]);
  const policyOf = (email: string) => {
    try {
      return google.policy(email).current();
    } catch {
      return 'none';
    }
  };
  return {
    google,
    pauses,
    configPath,
    variables,
    data,
    identity,
    file: () => readFileSync(configPath, 'utf8'),
    start,
    setup: (...args) => command(variables, 'setup', ...args),
    plan: async (options) => (await prepare(options)).plan,
    run: async (options, reporter) => {
      const { plan, heading, apply } = await prepare(options);
      const text = planText(plan, heading);
      if (plan.refusals.length > 0) return { plan, text, applied: { done: [], notDone: plan.steps } };
      const silent: Reporter = {
        during: (_, work) => work(),
        done: () => undefined,
        waiting: () => undefined,
      };
      const applied = await apply({ ...silent, ...reporter });
      expectNoSecretIn([text, JSON.stringify(plan), applied.failed?.error.message ?? '']);
      return { plan, text, applied };
    },
    prepareUndo: preparedUndo,
    undo: async (stage) => {
      const { plan, heading: scope, recheck, apply } = await preparedUndo(stage);
      const text = undoText(plan, scope);
      if (plan.refusals.length > 0) return { plan, text, applied: { done: [], notDone: plan.steps } };
      await recheck();
      const applied = await apply({
        during: (_, work) => work(),
        done: () => undefined,
        waiting: () => undefined,
      });
      expectNoSecretIn([text, JSON.stringify(plan), applied.failed?.error.message ?? '']);
      return { plan, text, applied };
    },
    get,
    call,
    state: async () => ({
      services: await get(`projects/${project}/services`),
      pool: await get(poolName),
      provider: await get(providerName),
      roles: await Promise.all(
        ['acme-data', project].flatMap((one) =>
          ['rolebridgePoolReader', 'rolebridgeLister', 'rolebridgeEditor'].map(async (role) =>
            stripped(await get(`projects/${one}/roles/${role}`)),
          ),
        ),
      ),
      policies: [own, reader].map(policyOf),
      projects: [data.current(), identity.current()],
    }),
    writes: (from = 0) =>
      google.calls
        .slice(from)
        .map(({ method }) => method)
        .filter((method) => /\.(create|patch|delete|undelete|enable|batchEnable|setIamPolicy)$/.test(method)),
    close: async () => {
      await google.close();
      rmSync(folder, { recursive: true });
    },
  };
};
