import {
  DeleteParameterCommand,
  ParameterNotFound,
  PutParameterCommand,
  paginateGetParametersByPath,
} from '@aws-sdk/client-ssm';
import type { ObservedParameter } from '../../core/observed.ts';
import type { ParameterStore } from '../../ports.ts';
import type { AwsClients } from './clients.ts';
import { tried } from './failure.ts';

export const awsParameters = (clients: AwsClients, abortSignal: AbortSignal): ParameterStore => ({
  list: (region, path) =>
    tried(`listing ${path} in ${region}`, async () => {
      const found: ObservedParameter[] = [];
      const pages = paginateGetParametersByPath(
        { client: clients.ssm(region) },
        { Path: path, MaxResults: 10 },
        { abortSignal },
      );
      for await (const page of pages) {
        for (const { Name, Value } of page.Parameters ?? []) {
          if (Name !== undefined && Value !== undefined) found.push({ name: Name, value: Value });
        }
      }
      return found;
    }),
  put: (region, { name, value, description }) =>
    tried(`writing ${name} in ${region}`, async () => {
      const command = new PutParameterCommand({
        Name: name,
        Value: value,
        Description: description,
        Type: 'String',
        Tier: 'Standard',
        Overwrite: true,
      });
      await clients.ssmWriter(region).send(command, { abortSignal });
    }),
  remove: (region, name) =>
    tried(`deleting ${name} in ${region}`, async () => {
      try {
        await clients.ssmWriter(region).send(new DeleteParameterCommand({ Name: name }), { abortSignal });
      } catch (thrown) {
        if (!(thrown instanceof ParameterNotFound)) throw thrown;
      }
    }),
});
