import { startAws } from './aws/world.ts';
import { startGoogle } from './google/world.ts';
import { addMember, type Member } from './members.ts';
import { settle } from './settled.ts';
import { createProvisioner, type ProvisionerOptions } from './stack/provisioner.ts';

export interface EmptyWorldOptions
  extends Pick<ProvisionerOptions, 'timeScale' | 'authorize' | 'runtime'>,
    Partial<Pick<ProvisionerOptions, 'environment'>> {
  readonly accountId: string;
  /** The Google project that will contain the pool. */
  readonly project: { readonly id: string; readonly number: string };
  /** The organization, and its accounts besides the first one. @default one account, in no organization */
  readonly organization?: { readonly id: string; readonly memberIds: readonly string[] };
}

export type EmptyWorld = Awaited<ReturnType<typeof startEmptyWorld>>;

/** Both clouds before anyone installed rolebridge. `setup` and `deploy` install it as in the real clouds. */
export const startEmptyWorld = async ({
  accountId,
  project,
  organization,
  environment,
  ...options
}: EmptyWorldOptions) => {
  const { timeScale } = options;
  let skipped = 0;
  const monotonic = (): number => performance.now() + skipped;
  const aws = await startAws({
    accountId,
    timeScale,
    monotonic,
    ...(organization === undefined ? {} : { organizationId: organization.id }),
  });
  const google = await startGoogle({
    awsUrl: aws.url,
    projectNumber: project.number,
    projectId: project.id,
  });
  const stacks = createProvisioner({
    ...options,
    aws,
    environment: { ...environment, ROLEBRIDGE_GOOGLE_ENDPOINT: google.url },
  });
  aws.cloudFormation.provisionWith(stacks);
  const members: readonly Member[] = (organization?.memberIds ?? []).map((id) =>
    addMember(aws, id, { timeScale }),
  );
  return {
    aws,
    google,
    /** The other accounts, in the order of `memberIds`. */
    members,
    stacks,
    settled: () =>
      settle({
        aws,
        stacks: stacks.running,
        monotonic,
        skip: (milliseconds) => {
          skipped += milliseconds;
        },
      }),
    close: async (): Promise<void> => {
      await stacks.stop();
      await Promise.all([aws.close(), google.close()]);
    },
  };
};
