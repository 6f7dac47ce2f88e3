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

const isTierRefusal = (thrown: unknown): boolean =>
  thrown instanceof Error && /downgrade a parameter from the advanced-parameter tier/.test(thrown.message);

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
      const put = (Tier: 'Standard' | 'Advanced') =>
        clients.ssmWriter(region).send(
          new PutParameterCommand({
            Name: name,
            Value: value,
            Description: description,
            Type: 'String',
            Tier,
            Overwrite: true,
          }),
          { abortSignal },
        );
      try {
        await put('Standard');
      } catch (thrown) {
        // Someone made it an advanced parameter, and AWS knows no way back: it is written with the tier that it has.
        if (!isTierRefusal(thrown)) throw thrown;
        await put('Advanced');
      }
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
