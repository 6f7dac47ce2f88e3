import { EventBridgeClient, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import { IAMClient, type IAMClientConfig } from '@aws-sdk/client-iam';
import { LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { awsDeployedStages } from '../shared/adapters/aws/deployed-stages.ts';
import { loadSettings, serviceConfigPaths } from '../shared/config/config.ts';
import { usualStage } from '../shared/core/stack.ts';
import { stageConflicts } from '../shared/stages/stage-conflicts.ts';

/** The part of `serverless` that this plugin uses. */
interface Serverless {
  readonly classes: { readonly Error: new (message: string) => Error };
  readonly getProvider: (name: 'aws') => {
    readonly getAwsSdkV3Config: () => Promise<
      EventBridgeClientConfig & IAMClientConfig & LambdaClientConfig & STSClientConfig
    >;
  };
}

interface Tools {
  readonly log: Readonly<Record<'warning', (line: string) => void>>;
}

/** A plugin of `serverless`: before a deploy, refuses a stage that shares its tags or parameters with another deployed stage. */
export default function checkStageConflicts(
  serverless: Serverless,
  { stage = usualStage }: { readonly stage?: string },
  { log }: Tools,
) {
  const check = async (): Promise<void> => {
    const config = await serverless.getProvider('aws').getAwsSdkV3Config();
    const clients = {
      events: new EventBridgeClient(config),
      iam: new IAMClient(config),
      lambda: new LambdaClient(config),
      sts: new STSClient(config),
    };
    const deployed = awsDeployedStages(clients, AbortSignal.timeout(60_000));
    const found = await stageConflicts(stage, loadSettings(serviceConfigPaths(stage)), deployed);
    if (found.kind === 'unreadable')
      log.warning(
        `Not checked: whether another deployed stage has the same tags or parameters (${found.reason}).`,
      );
    else if (found.conflicts.length > 0)
      throw new serverless.classes.Error(`${found.conflicts.join('\n')}\nNothing was deployed.`);
  };
  return { hooks: { 'before:deploy:deploy': check } };
}
