import {
  DeleteParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  type GetParametersByPathCommandOutput,
  ParameterNotFound,
  PutParameterCommand,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm';
import { type Failure, PermanentError, RetryableError } from '../../core/errors.ts';
import type { ObservedParameter } from '../../core/observed.ts';
import type { ParameterStore, ParameterWrite } from '../../ports.ts';
import { presentItemsOf } from '../items.ts';
import { pages } from '../pages.ts';
import type { AccountClients, ClientsOf } from './clients.ts';
import { assertFromAws, awsFailure, isAwsException, tried } from './failure.ts';
import { pagesOf } from './pages-of.ts';

export const awsParameters = (clientsOf: ClientsOf, abortSignal: AbortSignal): ParameterStore => ({
  list: async ({ accountId, region }, path) => {
    const found: ObservedParameter[] = [];
    const listing = pagesOf(`listing ${path} in ${region}`, {
      read: (NextToken) =>
        clientsOf(accountId)
          .ssm(region)
          .send(new GetParametersByPathCommand({ Path: path, MaxResults: 10, NextToken }), { abortSignal }),
      nextOf: ({ NextToken }) => NextToken,
    });
    for await (const page of listing) found.push(...observedParameters(page));
    return found;
  },
  put: ({ accountId, region }, parameter) =>
    tried(`writing ${parameter.name} in ${region}`, () =>
      put({ clients: clientsOf(accountId), region, parameter, abortSignal }),
    ).catch((failure: Failure) => {
      // A refusal in another account already names the fix.
      throw clientsOf(accountId).sts === undefined ? failure : withNextStep(failure, region, parameter.name);
    }),
  remove: ({ accountId, region }, name) =>
    tried(`deleting ${name} in ${region}`, () =>
      remove({ clients: clientsOf(accountId), region, abortSignal }, name),
    ),
});

/** @throws RetryableError for an answer without a list, such as a proxy's: that is not an empty folder. */
export const observedParameters = ({
  Parameters,
}: GetParametersByPathCommandOutput): readonly ObservedParameter[] =>
  presentItemsOf('the parameters', Parameters, ['Name', 'Value', 'Type']).map(
    // A data type other than text is part of the type.
    ({ Name, Value, Type, DataType = 'text' }) => ({
      name: Name,
      value: Value,
      type: DataType === 'text' ? Type : `${Type} of ${DataType}`,
    }),
  );

interface Target {
  readonly clients: AccountClients;
  readonly region: string;
  readonly abortSignal: AbortSignal;
}

interface Write extends Target {
  readonly parameter: ParameterWrite;
}

/** Refusals that we can resolve by changing something else first. */
type Refusal = 'tier' | 'label' | 'type';

/** Overwrites or creates. Each kind of refusal is dealt with once. */
const put = async (
  write: Write,
  tier: 'Standard' | 'Advanced' = 'Standard',
  met: readonly Refusal[] = [],
): Promise<void> => {
  try {
    await send(write, tier);
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    if (refusal === undefined || met.includes(refusal)) throw thrown;
    switch (refusal) {
      case 'tier':
        // Someone made it an advanced parameter, and AWS cannot undo that: write it with the tier that it has.
        return put(write, 'Advanced', [...met, refusal]);
      case 'label':
        await removeOldestLabels(write);
        return put(write, tier, [...met, refusal]);
      case 'type':
        return replace(write, thrown);
    }
  }
};

/** Used for any other refusal. */
const withNextStep = (failure: Failure, region: string, name: string): Failure => {
  if (!(failure instanceof PermanentError)) return failure;
  const next = failure.message.includes('AccessDenied')
    ? 'Look for a control policy or a permissions boundary that denies it to the functions, and deploy rolebridge again'
    : `If what is there is in the way, delete it: aws ssm delete-parameter --region ${region} --name ${name}`;
  return new PermanentError(`${failure.message.replace(/\.$/, '')}. ${next}. The next sweep writes it.`, {
    cause: failure,
  });
};

/** @throws RetryableError for an answer without a version, such as a proxy's: nothing shows that the parameter was written. */
const send = async (
  { clients, region, parameter, abortSignal }: Write,
  tier: 'Standard' | 'Advanced',
): Promise<void> => {
  const { Version } = await clients.ssmWriter(region).send(
    new PutParameterCommand({
      Name: parameter.name,
      Value: parameter.value,
      Description: parameter.description,
      Type: 'String',
      DataType: 'text',
      // An empty pattern removes a pattern that someone set: our value might not match it.
      AllowedPattern: '',
      Tier: tier,
      Overwrite: true,
    }),
    { abortSignal },
  );
  if (Version === undefined)
    throw new RetryableError(
      `The answer to writing ${parameter.name} in ${region} lacks the version. If a proxy stands between here and AWS, ask its owner to check it; then try again.`,
    );
};

const refusalOf = (thrown: unknown): Refusal | undefined => {
  if (!(thrown instanceof Error)) return undefined;
  const { name, message } = thrown;
  if (/downgrade a parameter from the advanced-parameter tier/.test(message)) return 'tier';
  if (name === 'ParameterMaxVersionLimitExceeded') return 'label';
  const isType =
    name === 'HierarchyTypeMismatchException' ||
    (name === 'ValidationException' && /\bdata ?type\b/i.test(message));
  return isType ? 'type' : undefined;
};

/** Parameter Store keeps 100 versions and drops the oldest for a new one, unless the oldest has a label. */
const removeOldestLabels = async ({ clients, region, parameter, abortSignal }: Write): Promise<void> => {
  const client = clients.ssm(region);
  let oldest: { readonly version: number; readonly labels: readonly string[] } | undefined;
  const history = pages(`reading the history of ${parameter.name} in ${region}`, {
    read: (NextToken: string | undefined) =>
      client.send(new GetParameterHistoryCommand({ Name: parameter.name, MaxResults: 50, NextToken }), {
        abortSignal,
      }),
    nextOf: ({ NextToken }) => NextToken,
  });
  for await (const { Parameters } of history)
    for (const { Version: version, Labels: labels = [] } of presentItemsOf(
      'the history of a parameter',
      Parameters,
      [],
    ))
      if (version !== undefined && version < (oldest?.version ?? Number.POSITIVE_INFINITY))
        oldest = { version, labels };
  if (oldest === undefined || oldest.labels.length === 0) return;
  await client.send(
    new UnlabelParameterVersionCommand({
      Name: parameter.name,
      ParameterVersion: oldest.version,
      Labels: [...oldest.labels],
    }),
    { abortSignal },
  );
};

/** After the delete, any failure to create it is retryable: the config must not stay missing. */
const replace = async (write: Write, refusal: unknown): Promise<void> => {
  const { region, parameter } = write;
  const place = `${parameter.name} in ${region}`;
  if (parameter.isOtherType !== true)
    throw new RetryableError(`Someone changed the type of ${place} since it was listed.`, { cause: refusal });
  await remove(write, parameter.name);
  try {
    await send(write, 'Standard');
  } catch (thrown) {
    const { message } = awsFailure('creating it again', thrown);
    throw new RetryableError(`${place} had the wrong type and was deleted. ${message}`, { cause: thrown });
  }
};

const remove = async ({ clients, region, abortSignal }: Target, name: string): Promise<void> => {
  try {
    const command = new DeleteParameterCommand({ Name: name });
    assertFromAws(
      `deleting ${name} in ${region}`,
      await clients.ssmWriter(region).send(command, { abortSignal }),
    );
  } catch (thrown) {
    if (!isAwsException(thrown, ParameterNotFound)) throw thrown;
  }
};
