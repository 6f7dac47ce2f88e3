import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { LocalBinding } from '../../local/google/policies.ts';
import type { Invoked, Runtime } from '../../local/stack/container.ts';
import { type LocalWorld, type LocalWorldOptions, startLocalWorld } from '../../local/world.ts';
import { faultsOf } from '../../scripts/outcome-schema.ts';
import { signAnswer } from '../../shared/adapters/aws/caller.ts';
import { type Answer, answerFields } from '../../shared/core/answer.ts';
import { reconcileTimeoutMilliseconds } from '../../shared/core/bindings.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { OutcomeDetail } from '../../shared/core/outcome.ts';
import { authorize } from './authorize.ts';
import { type IamVerbs, iamVerbs } from './iam-verbs.ts';
import { reuseProcesses } from './reused-processes.ts';
import { findSecrets } from './secrets.ts';
import { roleRef, settings } from './settings.ts';

/** Retries hardly wait, and neither does the queue. */
const processes = reuseProcesses();
const runtime: Runtime = {
  script: 'tests/support/reused-bootstrap.cjs',
  isFrozenBetween: false,
  start: processes.start,
};
afterAll(processes.end);

/** Two minutes become 0.6 s. */
export const timeScale = 0.005;

export interface Cloud extends LocalWorld, IamVerbs {
  /** Names of the roles that may impersonate a service account. */
  readonly boundTo: (email: string) => readonly string[];
  /** The bindings of an allow policy, without the editor role of rolebridge itself. */
  readonly bindingsOf: (email: string) => readonly LocalBinding[];
  readonly parameterPlaces: () => readonly string[];
  readonly outcomes: () => readonly { readonly type: string; readonly detail: OutcomeDetail }[];
  readonly outcomeTypes: () => readonly string[];
  /** Like an edit of rolebridge.yml and a deploy: the next containers read the new file. */
  readonly reconfigure: (changes: Readonly<Record<string, unknown>>) => void;
  /** The current rolebridge.yml. */
  readonly file: () => {
    readonly google: { readonly projects: readonly string[]; readonly serviceAccount: string };
    readonly allow: readonly object[];
  };
  /** Runs the sweep as its schedule does, and waits until reconcile has repaired the drift. */
  readonly sweep: () => Promise<void>;
  /** Invokes the sweep with an administrator's answer, and returns its result. */
  readonly answer: (answer: Answer) => Promise<Readonly<Record<string, unknown>>>;
  /** Invokes the sweep by hand, and returns its result. */
  readonly invokeSweep: (payload?: unknown) => Promise<Readonly<Record<string, unknown>>>;
  /** The functions' logs, results, messages and writes so far. Closing searches them for secrets. */
  readonly said: () => readonly string[];
  /** Acts as if the time that another function may still need to bind had passed for every entry of the ledger. */
  readonly ageLedger: () => Promise<void>;
  /** Details of the events of one type that rolebridge sent. */
  readonly details: (type: string) => readonly Readonly<Record<string, unknown>>[];
}

/** The local world with the verbs of a person at the AWS command line. Every call of a function is authorized. */
export const startCloud = async (options: Partial<LocalWorldOptions> = {}): Promise<Cloud> => {
  const world = await startLocalWorld({ timeScale, authorize, runtime, ...options });
  const memberPrefix = memberOf(settings, roleRef('')).replace(/\/$/, '/');
  const answers: Invoked[] = [];
  const invoke = async (functionKey: string, payload: unknown): Promise<Invoked> => {
    const invoked = await world.stack.invoke(functionKey, payload);
    answers.push(invoked);
    return invoked;
  };
  /** Everything that the functions output, to any recipient: a secret in it is a leak. */
  const said = (): readonly string[] => [
    ...world.stack.logs,
    ...world.stack.reports,
    ...answers.map((answer) => JSON.stringify(answer)),
    ...world.aws.bus.history.map((event) => JSON.stringify(event)),
    // Their writes: outcomes, second looks, parameters, policies. Only the token exchange should contain a signature.
    // An answer to the sweep also contains a signature.
    ...world.aws.calls.flatMap(({ action, input }) =>
      action === 'lambda:InvokeFunction' ? [] : [JSON.stringify(input)],
    ),
    ...world.google.calls.flatMap(({ method, input }) =>
      method === 'sts.token' ? [] : [JSON.stringify(input)],
    ),
    ...[...world.stack.queue.messages, ...world.stack.deadLetterQueue.messages].map((one) =>
      JSON.stringify(one),
    ),
  ];
  const file = () => parse(readFileSync(world.configPath, 'utf8')) as ReturnType<Cloud['file']>;
  const invokeSweep = async (payload: unknown = {}): Promise<Readonly<Record<string, unknown>>> => {
    const invoked = await invoke('sweep', payload);
    if (invoked.kind !== 'answered') throw new Error(`the sweep ended otherwise: ${JSON.stringify(invoked)}`);
    return Object(invoked.result);
  };
  const outcomes = () =>
    world.aws.bus.history
      .filter(({ source }) => source === 'rolebridge')
      .map((event) => ({
        type: event['detail-type'].replace('Google Access ', ''),
        detail: event.detail as OutcomeDetail,
      }));
  return {
    ...world,
    stack: { ...world.stack, invoke },
    ...iamVerbs(world.aws),
    boundTo: (email) =>
      (world.google.policy(email).current().bindings ?? [])
        .flatMap(({ members }) => members)
        .filter((member) => member.startsWith(memberPrefix))
        .map((member) => member.slice(memberPrefix.length)),
    bindingsOf: (email) =>
      (world.google.policy(email).current().bindings ?? []).filter(
        ({ role }) => !role.endsWith('/rolebridgeEditor'),
      ),
    parameterPlaces: () =>
      ['us-east-1', 'eu-west-1']
        .flatMap((region) => [...world.aws.ssm.parameters(region).keys()].map((name) => `${region} ${name}`))
        // The sweep's memory is not access.
        .filter((place) => !place.includes(' /rolebridge/'))
        .toSorted(),
    outcomes,
    outcomeTypes: () => outcomes().map(({ type }) => type),
    file,
    reconfigure: (changes) => {
      writeFileSync(world.configPath, stringify({ ...file(), ...changes }));
      world.stack.killContainers();
    },
    sweep: async () => {
      await world.stack.tick();
      await world.settled();
    },
    ageLedger: () => ageLedger(world),
    invokeSweep,
    answer: async (answer) => {
      const { admin: credentials, url: endpoint } = world.aws;
      const proof = await signAnswer('prod', answer, { credentials, endpoint });
      return invokeSweep({ ...answerFields(answer), proof });
    },
    said,
    close: async () => {
      await world.close();
      const leaks = findSecrets(said(), [...world.aws.secrets(), ...world.google.secrets()]);
      if (leaks.length > 0) throw new Error(`secrets were told:\n${leaks.join('\n')}`);
      const faults = outcomes().flatMap(({ type, detail }) => faultsOf(type, detail));
      if (faults.length > 0)
        throw new Error(`events are not as docs/outcomes.schema.json says:\n${faults.join('\n')}`);
    },
    details: (type) => outcomes().flatMap((one) => (one.type === type ? [{ ...one.detail }] : [])),
  };
};

const ageLedger = async ({ aws }: LocalWorld): Promise<void> => {
  const aged = (at: string): string => new Date(Date.parse(at) - reconcileTimeoutMilliseconds).toISOString();
  for (const { type, physicalId } of aws.stackResources) {
    if (type !== 'AWS::DynamoDB::Table') continue;
    for (const item of await aws.dynamodb.items(physicalId)) {
      const text = JSON.stringify(item).replaceAll(/(?<=announcedAt\\":\\")[^\\]+/g, (at) => aged(at));
      await aws.dynamodb.perform('PutItem', { TableName: physicalId, Item: JSON.parse(text) as unknown });
    }
  }
};
