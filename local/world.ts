import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { AwsCall } from './aws/call.ts';
import type { SsmRates } from './aws/ssm.ts';
import { type AwsWorld, startAws } from './aws/world.ts';
import type { LocalPolicy } from './google/policies.ts';
import { type GoogleWorld, startGoogle } from './google/world.ts';
import { editorRole, makeGoogleSide, setMember } from './google-side.ts';
import { pause } from './pause.ts';
import type { Runtime } from './stack/container.ts';
import { functionRoles } from './stack/functions.ts';
import { type Stack, startStack } from './stack/runner.ts';
import type { Json } from './stack/template.ts';

export interface LocalWorldOptions {
  /** Shortens queue times and quickens service rates: 0.01 makes two minutes 1.2 s. */
  readonly timeScale: number;
  /** Changes to rolebridge.yml before it is used. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Folder that `serverless package` filled. @default '.serverless' */
  readonly packageFolder?: string;
  /** Of every function. @default the template's */
  readonly timeoutSeconds?: number;
  /** Runs the functions' code. @default our own */
  readonly runtime?: Runtime;
  readonly authorize?: (call: AwsCall, policies: readonly Json[]) => Promise<string | undefined>;
  /** Parameter Store's throughput. @default AWS's own */
  readonly ssmRates?: SsmRates;
  /** Google's clock. */
  readonly now?: () => Date;
  /**
   * The network leads AWS's and Google's own host names here, so nothing in the stack names the stand-ins: neither
   * rolebridge.yml nor a variable. The functions trust the certificate authority in this file.
   */
  readonly ownNames?: { readonly caFile: string };
}

/** Both clouds on this machine, with the packaged stack between them. */
export interface LocalWorld {
  readonly aws: AwsWorld;
  readonly google: GoogleWorld;
  readonly stack: Stack;
  /** The rolebridge.yml that the functions read. */
  readonly configPath: string;
  /** Adds a service account that its owner opted in. */
  readonly addServiceAccount: (email: string, policy?: LocalPolicy) => void;
  /** Gives rolebridge its editor role on a service account; `isIn: false` takes it away. */
  readonly optIn: (email: string, isIn?: boolean) => void;
  /**
   * Waits until no message is left, delayed ones (second looks) and those of killed functions included, and no function
   * runs. While all that is left waits for its time, that time passes at once, for queues and services; no date changes.
   */
  readonly settled: () => Promise<void>;
  readonly close: () => Promise<void>;
}

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
  authorize,
  ssmRates,
  now,
  ownNames,
}: LocalWorldOptions): Promise<LocalWorld> => {
  const file = { ...(parse(readFileSync('rolebridge.yml', 'utf8')) as FileSettings), ...settings };
  const [account] = file.accounts;
  if (account === undefined) throw new Error('rolebridge.yml configures no account');
  // Time that passed at once, since nothing else was to happen in it.
  let skipped = 0;
  const monotonic = (): number => performance.now() + skipped;
  const aws = await startAws({
    accountId: account.id,
    timeScale,
    monotonic,
    ...(ssmRates === undefined ? {} : { ssmRates }),
  });
  const google = await startGoogle({
    awsUrl: aws.url,
    projectNumber: file.google.projectNumber,
    projectId: file.google.project,
    ...(now === undefined ? {} : { now }),
  });

  // What is published follows google.endpoints: here they are the stand-in's, so that clients come to it.
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
    ...(authorize === undefined ? {} : { authorize }),
  });

  makeGoogleSide(google, { google: file.google, account, functionRoles: functionRoles(stack.template) });
  const { serviceAccount, projects } = file.google;
  const ownProject = projects[0] ?? '';
  const optIn = (email: string, isIn = true): void =>
    setMember(google.policy(email), editorRole(ownProject), `serviceAccount:${serviceAccount}`, isIn);

  return {
    aws,
    google,
    stack,
    configPath: path,
    addServiceAccount: (email, policy) => {
      google.addServiceAccount(email, ownProject, policy);
      optIn(email);
    },
    optIn,
    settled: async () => {
      for (;;) {
        const isIdle = stack.running() === 0;
        const due = stack.queue.messages.map(({ visibleAt }) => visibleAt);
        if (isIdle && due.length === 0) return;
        if (isIdle) skipped += Math.max(0, Math.min(...due) - monotonic());
        await pause(10);
      }
    },
    close: async () => {
      await stack.stop();
      await Promise.all([aws.close(), google.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
