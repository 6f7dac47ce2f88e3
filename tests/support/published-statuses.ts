import type { LocalWorld } from '../../local/world.ts';

/** The contents of an AWS account's status parameters, by `REGION NAME`. */
export const publishedStatuses = (
  { aws }: Pick<LocalWorld, 'aws'>,
  accountId: string,
  regions: readonly string[],
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    regions.flatMap((region) =>
      [...aws.account(accountId).ssm.parameters(region)]
        .filter(([name]) => name.endsWith('.status'))
        .map(([name, { value }]) => [`${region} ${name}`, JSON.parse(value) as unknown] as const),
    ),
  );
