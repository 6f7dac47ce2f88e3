import { GetParameterCommand, ParameterNotFound, PutParameterCommand } from '@aws-sdk/client-ssm';
import { PermanentError } from '../../core/errors.ts';
import { readScope, writeScope } from '../../core/scope.ts';
import type { ScopeStore } from '../../ports.ts';
import type { AwsClients } from './clients.ts';
import { tried } from './failure.ts';

/** The scope in a parameter of its own, in the region that the functions run in. */
export const awsScope = (
  clients: AwsClients,
  region: string,
  name: string,
  abortSignal: AbortSignal,
): ScopeStore => ({
  read: () =>
    tried(`reading ${name}`, async () => {
      try {
        const { Parameter } = await clients
          .ssm(region)
          .send(new GetParameterCommand({ Name: name }), { abortSignal });
        const scope = readScope(Parameter?.Value ?? '');
        if (scope === undefined)
          throw new PermanentError(
            `${name} holds no scope that this version can read. Delete it to start anew.`,
          );
        return scope;
      } catch (thrown) {
        if (thrown instanceof ParameterNotFound) return [];
        throw thrown;
      }
    }),
  write: (scope) =>
    tried(`writing ${name}`, async () => {
      const command = new PutParameterCommand({
        Name: name,
        Value: writeScope(scope),
        Description:
          'What the sweep of rolebridge has watched; it forgets what rolebridge.yml no longer names once it is clean.',
        Type: 'String',
        // About 60 projects fit in the 4 KB of a standard parameter.
        Tier: 'Intelligent-Tiering',
        Overwrite: true,
      });
      await clients.ssmWriter(region).send(command, { abortSignal });
    }),
});
