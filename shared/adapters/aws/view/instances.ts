import { EC2Client, type EC2ClientConfig, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import type { Instance } from '../../../doctor/ports.ts';
import { tried } from '../failure.ts';

/** Lists running instances, and how they reach the metadata service. */
export const listInstances = (
  options: EC2ClientConfig & { readonly region: string },
  profileArns: readonly string[],
  abortSignal: AbortSignal,
): Promise<readonly Instance[]> =>
  tried(`listing the instances in ${options.region}`, async () => {
    const instances: Instance[] = [];
    const pages = paginateDescribeInstances(
      { client: new EC2Client(options) },
      {
        Filters: [
          { Name: 'iam-instance-profile.arn', Values: [...profileArns] },
          { Name: 'instance-state-name', Values: ['pending', 'running'] },
        ],
      },
      { abortSignal },
    );
    for await (const { Reservations = [] } of pages)
      for (const { InstanceId = '', MetadataOptions = {}, Tags = [] } of Reservations.flatMap(
        ({ Instances = [] }) => Instances,
      ))
        instances.push({
          id: InstanceId,
          region: options.region,
          hasMetadata: MetadataOptions.HttpEndpoint !== 'disabled',
          hopLimit: MetadataOptions.HttpPutResponseHopLimit ?? 1,
          tagKeys: Tags.flatMap(({ Key }) => Key ?? []),
        });
    return instances;
  });
