import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { homeOf, type Settings } from '../shared/core/settings.ts';
import { usualStage } from '../shared/core/stack.ts';
import { rolebridge } from '../shared/doctor/commands.ts';

/** The part of `serverless` that this plugin uses. */
interface Serverless {
  readonly classes: { readonly Error: new (message: string) => Error };
  readonly service: {
    readonly custom: { readonly settings: Pick<Settings, 'home' | 'accounts'> };
    readonly getFunction: (key: string) => { readonly name: string };
  };
  readonly getProvider: (name: 'aws') => {
    readonly getAccountId: () => Promise<string>;
    readonly getAwsSdkV3Config: () => Promise<LambdaClientConfig>;
  };
}

interface Tools {
  readonly log: Readonly<Record<'notice' | 'warning', (line: string) => void>>;
}

/**
 * A plugin of `serverless`. Before a deploy it checks that the credentials are for the account in rolebridge.yml: in another
 * account the functions would find nothing. After a deploy it starts the sweep once, so that roles which were tagged earlier,
 * or which a changed guardrail no longer allows, do not wait for the schedule. It does not wait for the sweep to end.
 */
export default function firstSweep(
  serverless: Serverless,
  { stage = usualStage }: { readonly stage?: string },
  { log }: Tools,
) {
  const provider = () => serverless.getProvider('aws');
  const checkAccount = async (): Promise<void> => {
    const home = homeOf(serverless.service.custom.settings);
    const actual = await provider().getAccountId();
    if (actual !== home)
      throw new serverless.classes.Error(
        `Your AWS credentials are for account ${actual}, but rolebridge.yml names ${home} as the account to deploy to. Nothing was deployed.`,
      );
  };
  const startSweep = async (): Promise<void> => {
    const FunctionName = serverless.service.getFunction('sweep').name;
    try {
      const lambda = new LambdaClient(await provider().getAwsSdkV3Config());
      await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
      log.notice(`The sweep ${FunctionName} was started: it repairs roles that drifted before this deploy.`);
    } catch (error) {
      // The stack is deployed: the schedule will start the sweep.
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      log.warning(
        `The sweep could not be started (${reason}). The schedule will start it; or run: ./${rolebridge(stage, 'sweep')}`,
      );
    }
  };
  return { hooks: { 'before:deploy:deploy': checkAccount, 'after:deploy:deploy': startSweep } };
}
