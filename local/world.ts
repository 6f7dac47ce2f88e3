import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { IsAllowed } from './aws/authorization.ts';
import type { AwsCall } from './aws/call.ts';
import type { SsmRates } from './aws/ssm.ts';
import { type AwsWorld, startAws } from './aws/world.ts';
import type { LocalPolicy } from './google/policies.ts';
import { type GoogleWorld, startGoogle } from './google/world.ts';
import { addAccountProvider, editorRole, makeGoogleSide, setMember } from './google-side.ts';
import { addMember, type Member } from './members.ts';
import { settle } from './settled.ts';
import type { Runtime } from './stack/container.ts';
import { functionRoles } from './stack/functions.ts';
import { putRole } from './stack/roles.ts';
import { type Stack, startStack } from './stack/runner.ts';
import { type Json, resourcesOf } from './stack/template.ts';

export interface LocalWorldOptions {
  /** Shortens queue times and raises service rates: at 0.01, two minutes last 1.2 s. */
  readonly timeScale: number;
  /** Changes to rolebridge.yml before it is used. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Folder that `serverless package` filled. @default '.serverless' */
  readonly packageFolder?: string;
  /** Replaces every function's timeout. @default the template's */
  readonly timeoutSeconds?: number;
  /** The program that runs the functions' code. @default ownRuntime */
  readonly runtime?: Runtime;
  /** After an edit of rolebridge.yml, new containers take the events, as after a deployment. @default false */
  readonly followsEdits?: boolean;
  readonly authorize?: (call: AwsCall, policies: readonly Json[]) => Promise<string | undefined>;
  /** Ids of other accounts of the organization. rolebridge.yml gets those that it does not list. @default none */
  readonly memberIds?: readonly string[];
  /** Decides every call of a role by the policies of both accounts. @default only `authorize` decides */
  readonly isAllowed?: IsAllowed;
  /** Parameter Store's throughput. @default AWS's own */
  readonly ssmRates?: SsmRates;
  /** The clock of the Google stand-in. @default the machine's */
  readonly now?: () => Date;
  /**
   * Set this if the network resolves AWS's and Google's host names to the stand-ins. Then neither rolebridge.yml nor a
   * variable names them. The functions trust the certificate authority in this file.
   */
  readonly ownNames?: { readonly caFile: string };
}

/** Both clouds on this machine, with the packaged stack between them. */
export interface LocalWorld {
  readonly aws: AwsWorld;
  readonly google: GoogleWorld;
  readonly stack: Stack;
  /** The other accounts, in the order of `memberIds`. */
  readonly members: readonly Member[];
  /** Path of the rolebridge.yml that the functions read. */
  readonly configPath: string;
  /** Adds a service account and opts it in. */
  readonly addServiceAccount: (email: string, policy?: LocalPolicy) => void;
  /** Grants rolebridge its editor role on a service account; `isIn: false` revokes it. */
  readonly optIn: (email: string, isIn?: boolean) => void;
  /**
   * Waits until no function runs, no event is between two buses, and the queue is empty: no delayed messages (second looks), and none of killed functions.
   * If every remaining message only waits for its time, skips that time for queues and services. Dates do not change.
   */
  readonly settled: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The organization of the accounts, if there are several. */
const organization = 'o-a1b2c3d4e5';

interface FileSettings {
  readonly google: {
    readonly project: string;
    readonly projectNumber: string;
    readonly pool: string;
    readonly serviceAccount: string;
    readonly projects: readonly string[];
  };
  readonly accounts: readonly { readonly id: string; readonly provider: string }[];
}

export const startLocalWorld = async ({
  timeScale,
  settings = {},
  packageFolder = '.serverless',
  timeoutSeconds,
  runtime,
  followsEdits = false,
  authorize,
  memberIds = [],
  isAllowed,
  ssmRates,
  now,
  ownNames,
}: LocalWorldOptions): Promise<LocalWorld> => {
  const own = { ...(parse(readFileSync('rolebridge.yml', 'utf8')) as FileSettings), ...settings };
  const [account] = own.accounts;
  if (account === undefined) throw new Error('rolebridge.yml lists no account');
  const others = memberIds.map(
    (id) => own.accounts.find((listed) => listed.id === id) ?? { id, provider: `aws-${id}` },
  );
  const file =
    others.length === 0
      ? own
      : { home: account.id, organization, ...own, accounts: [...new Set([...own.accounts, ...others])] };
  // Milliseconds that were skipped because nothing was due in them.
  let skipped = 0;
  const monotonic = (): number => performance.now() + skipped;
  const aws = await startAws({
    accountId: account.id,
    timeScale,
    monotonic,
    ...(others.length === 0 ? {} : { organizationId: organization }),
    ...(isAllowed === undefined ? {} : { isAllowed }),
    ...(ssmRates === undefined ? {} : { ssmRates }),
  });
  const google = await startGoogle({
    awsUrl: aws.url,
    projectNumber: file.google.projectNumber,
    projectId: file.google.project,
    ...(now === undefined ? {} : { now }),
  });

  // Published configs contain google.endpoints. Point them to the stand-in, so that clients call it.
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-world-'));
  const path = join(folder, 'rolebridge.yml');
  const endpoints = { sts: google.url, iamcredentials: google.url };
  const isByName = ownNames !== undefined;
  writeFileSync(path, stringify(isByName ? file : { ...file, google: { ...file.google, endpoints } }));

  const stack = startStack({
    aws,
    packageFolder,
    timeScale,
    reach: isByName ? 'own names' : 'address',
    environment: {
      ROLEBRIDGE_CONFIG: path,
      ...(isByName ? { NODE_EXTRA_CA_CERTS: ownNames.caFile } : { ROLEBRIDGE_GOOGLE_ENDPOINT: google.url }),
    },
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(runtime === undefined ? {} : { runtime }),
    // An editor may replace the file: for a moment there is none.
    ...(followsEdits ? { version: () => String(statSync(path, { throwIfNoEntry: false })?.mtimeMs) } : {}),
    ...(authorize === undefined ? {} : { authorize }),
  });

  makeGoogleSide(google, { google: file.google, account, functionRoles: functionRoles(stack.template) });
  for (const other of others) addAccountProvider(google, file.google, other);
  // Policies of other accounts decide by the roles of the functions, so IAM has to know them.
  if (others.length > 0) for (const role of resourcesOf(stack.template, 'AWS::IAM::Role')) putRole(aws, role);
  const members = memberIds.map((id) => addMember(aws, id, { timeScale }));
  const { serviceAccount, projects } = file.google;
  const ownProject = projects[0] ?? '';
  const optIn = (email: string, isIn = true): void =>
    setMember(google.policy(email), editorRole(ownProject), `serviceAccount:${serviceAccount}`, isIn);

  return {
    aws,
    google,
    stack,
    members,
    configPath: path,
    addServiceAccount: (email, policy) => {
      google.addServiceAccount(email, ownProject, policy);
      optIn(email);
    },
    optIn,
    settled: () =>
      settle({
        aws,
        stacks: () => [stack],
        monotonic,
        skip: (milliseconds) => {
          skipped += milliseconds;
        },
      }),
    close: async () => {
      await stack.stop();
      await Promise.all([aws.close(), google.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
