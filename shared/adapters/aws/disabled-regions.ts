import { DescribeRegionsCommand, EC2Client, type EC2ClientConfig } from '@aws-sdk/client-ec2';
import { RetryableError } from '../../core/errors.ts';
import { itemsOf } from '../items.ts';
import { tried } from './failure.ts';

/** The regions among these that the account has not enabled, in their order. Calls there would fail. */
export const disabledRegions = async (
  options: EC2ClientConfig,
  regions: readonly string[],
  abortSignal: AbortSignal,
): Promise<readonly string[]> => {
  const client = new EC2Client(options);
  try {
    const { Regions } = await tried(
      'reading which regions the account has enabled (ec2:DescribeRegions)',
      () => client.send(new DescribeRegionsCommand({ AllRegions: true }), { abortSignal }),
    );
    if (Regions === undefined) throw new RetryableError('The answer of EC2 lacks the list of regions.');
    const status = new Map(
      itemsOf('the regions', Regions, ['RegionName']).map(({ RegionName, OptInStatus }) => [
        RegionName,
        OptInStatus,
      ]),
    );
    return regions.filter((region) => !enabled.has(status.get(region) ?? ''));
  } finally {
    client.destroy();
  }
};

const enabled: ReadonlySet<string> = new Set(['opt-in-not-required', 'opted-in']);
