import { AwsError, type Input, texts } from './call.ts';

/** No repository exists. `serverless remove` looks for one of its own. */
export const performOnEcr = (accountId: string, action: string, input: Input): unknown => {
  if (action !== 'DescribeRepositories')
    throw new AwsError('UnknownOperationException', `The stand-in does not know ecr:${action}.`);
  const [name] = texts(input, 'repositoryNames');
  if (name === undefined) return { repositories: [] };
  throw new AwsError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${accountId}'`,
  );
};
