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
        // They are written at the same time, in any order.
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, { value }]) => [`${region} ${name}`, JSON.parse(value) as unknown] as const),
    ),
  );
