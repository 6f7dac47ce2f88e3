import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fields, items, type Json, resourcesOf, type Template } from '../../local/stack/template.ts';

/** One call of a function, and the statement of its role that allowed it; undefined if it was denied. */
export interface AuthorizedCall {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly statement: string | undefined;
}

/** Suites run in processes of their own: each appends to a file in this folder. */
const folderVariable = 'ROLEBRIDGE_PERMISSION_LOG';

/** Runs before the processes of the suites are started, which inherit the variable. */
export const openPermissionLog = (): void => {
  process.env[folderVariable] = mkdtempSync(join(tmpdir(), 'rolebridge-permissions-'));
};

const written = new Set<string>();

/** Records each kind of call once, because the suites make tens of thousands. */
export const recordCall = (call: AuthorizedCall): void => {
  const folder = process.env[folderVariable];
  const line = JSON.stringify(call);
  if (folder === undefined || written.has(line)) return;
  written.add(line);
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${line}\n`);
};

/** The records of all suites. Reading ends the log. */
export const takePermissionLog = (): readonly AuthorizedCall[] => {
  const folder = process.env[folderVariable];
  if (folder === undefined) return [];
  const lines = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'),
  );
  rmSync(folder, { recursive: true });
  return [...new Set(lines)].map((line) => JSON.parse(line) as AuthorizedCall);
};

export interface Permission {
  readonly role: string;
  readonly statement: string;
  readonly action: string;
}

const texts = (value: Json | undefined): readonly string[] =>
  (typeof value === 'string' ? [value] : items(value)).map(String);

/** The permissions of the roles of a template, action by action. */
export const permissionsOf = (template: Template): readonly Permission[] =>
  resourcesOf(template, 'AWS::IAM::Role').flatMap(({ properties }) =>
    items(properties['Policies'])
      .flatMap((policy) => items(fields(fields(policy)['PolicyDocument'])['Statement']).map(fields))
      .flatMap((statement) =>
        texts(statement['Action']).map((action) => ({
          role: String(properties['RoleName']),
          statement: String(statement['Sid']),
          action,
        })),
      ),
  );

const poller = "Lambda's poller of the queue calls it under the function's role";
const logWriter = "Lambda's log writer calls it under the function's role";

/** Permissions that no call of the functions' own code can use, each with its reason. */
export const exceptions: Readonly<Record<string, string>> = {
  'sqs:ReceiveMessage': poller,
  'sqs:DeleteMessage': poller,
  'sqs:GetQueueAttributes': poller,
  'logs:CreateLogStream': logWriter,
  'logs:PutLogEvents': logWriter,
};

export const unusedPermissions = (
  permissions: readonly Permission[],
  calls: readonly AuthorizedCall[],
): readonly Permission[] =>
  permissions.filter(
    ({ role, statement, action }) =>
      !Object.hasOwn(exceptions, action) &&
      !calls.some((call) => call.role === role && call.statement === statement && call.action === action),
  );
