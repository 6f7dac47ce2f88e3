import { PermanentError } from '../../core/errors.ts';
import type { StackNames } from '../../core/stack.ts';
import type { Logger, Table } from '../../ports.ts';
import type { AwsClients } from './clients.ts';
import type { DeployedVariables } from './deployed-variables.ts';
import { awsTable } from './table.ts';

/** The name of the variable that serverless.yml sets for the functions. CloudFormation generates the table's name. */
const variable = 'ROLEBRIDGE_TABLE';

/**
 * The deployed stack's table, for a person, who may read it: only the functions write it. Before the first deploy
 * there is none: it reads as empty, and stores nothing. For a deployed stack, a table that does not answer is unreadable.
 */
export const deployedTable = (
  clients: AwsClients,
  { sweepFunction }: StackNames,
  variables: DeployedVariables,
  abortSignal: AbortSignal,
  logger: Logger,
): Table => {
  let found: Promise<Table> | undefined;
  const table = (): Promise<Table> => {
    found ??= deployedTableName(sweepFunction, variables).then((name) => {
      if (name !== undefined) return readOnly(awsTable(clients.dynamodb, name, abortSignal));
      logger.info(`There is no function ${sweepFunction}: nothing is deployed, so the ledger is empty.`);
      return emptyTable;
    });
    return found;
  };
  return {
    read: async (keys) => (await table()).read(keys),
    list: async (pk) => (await table()).list(pk),
    scan: async function* () {
      yield* (await table()).scan();
    },
    write: async (item, expected) => (await table()).write(item, expected),
    remove: async (key, expected) => (await table()).remove(key, expected),
  };
};

/** Undefined if nothing is deployed. */
export const deployedTableName = async (
  functionName: string,
  variables: DeployedVariables,
): Promise<string | undefined> => {
  const found = await variables(`the table of ${functionName}`);
  if (found === undefined) return undefined;
  const name = found[variable];
  if (name !== undefined) return name;
  throw new PermanentError(
    `The function ${functionName} names no table (${variable}). Deploy this version: npm run deploy.`,
  );
};

const readOnly = ({ read, list, scan }: Table): Table => {
  const refuse = () =>
    Promise.reject(new PermanentError('Only the functions write the ledger; a command may only read it.'));
  return { read, list, scan, write: refuse, remove: refuse };
};

const emptyTable: Table = {
  read: () => Promise.resolve([]),
  list: () => Promise.resolve([]),
  scan: async function* () {
    yield await Promise.resolve([]);
  },
  write: () => Promise.resolve({ kind: 'written', revision: 'nowhere' }),
  remove: () => Promise.resolve({ kind: 'removed' }),
};
