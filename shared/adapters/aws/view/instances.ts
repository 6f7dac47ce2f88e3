import { DescribeInstancesCommand, EC2Client, type EC2ClientConfig } from '@aws-sdk/client-ec2';
import type { Instance } from '../../../doctor/ports.ts';
import { itemsOf } from '../../items.ts';
import { type namedRefusals, outermost } from '../named-refusals.ts';
import { pagesOf } from '../pages-of.ts';

/** Lists running instances, and how they reach the metadata service. `refusals` names those of another account. */
export const listInstances = async (
  options: EC2ClientConfig & { readonly region: string },
  profileArns: readonly string[],
  abortSignal: AbortSignal,
  refusals?: ReturnType<typeof namedRefusals>,
): Promise<readonly Instance[]> => {
  const client = new EC2Client(options);
  if (refusals !== undefined) client.middlewareStack.add(refusals, outermost);
  const Filters = [
    { Name: 'iam-instance-profile.arn', Values: [...profileArns] },
    { Name: 'instance-state-name', Values: ['pending', 'running'] },
  ];
  const pages = pagesOf(`listing the instances in ${options.region}`, {
    read: (NextToken) => client.send(new DescribeInstancesCommand({ Filters, NextToken }), { abortSignal }),
    nextOf: ({ NextToken }) => NextToken,
  });
  const instances: Instance[] = [];
  for await (const { Reservations } of pages)
    for (const { InstanceId, MetadataOptions = {}, Tags = [] } of itemsOf(
      'the reservations',
      Reservations,
      [],
    ).flatMap(({ Instances }) => itemsOf('the instances', Instances, ['InstanceId'])))
      instances.push({
        id: InstanceId,
        region: options.region,
        hasMetadata: MetadataOptions.HttpEndpoint !== 'disabled',
        hopLimit: MetadataOptions.HttpPutResponseHopLimit ?? 1,
        tagKeys: Tags.flatMap(({ Key }) => Key ?? []),
      });
  return instances;
};
