/**
 * The document that each command prints with --json (docs/commands.md). A field that is not named here is not printed. This becomes
 * docs/commands.schema.json, and the tests check each command's document against it.
 */
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { accounts } from './documents/accounts.ts';
import { configProblem, text, texts, version } from './documents/common.ts';
import { deploy, init, remove } from './documents/deploy.ts';
import { doctor } from './documents/doctor.ts';
import { history } from './documents/history.ts';
import { keys } from './documents/keys.ts';
import { inheritedMember, plan } from './documents/plan.ts';
import { report } from './documents/report.ts';
import { listed, revokeEverything, revokeRole } from './documents/revoke.ts';
import { roles } from './documents/roles.ts';
import { setup } from './documents/setup.ts';
import { adoption, forgettable, sweep, swept } from './documents/sweep.ts';
import { wait } from './documents/wait.ts';

const forget = v.strictObject({
  version,
  thing: forgettable,
  listed: v.array(listed),
  isForgotten: v.boolean(),
  ...v.partial(v.strictObject(swept)).entries,
});

const adopt = v.strictObject({
  version,
  ...adoption,
  members: v.array(inheritedMember),
  isAnswered: v.boolean(),
  sweep: v.exactOptional(v.strictObject(swept)),
});

const policy = v.strictObject({ Version: text, Statement: v.array(v.looseObject({ Effect: text })) });
const explained = { id: text, link: text, cause: text, next: texts, source: text };

const failure = v.strictObject({ version, error: v.strictObject({ message: text }) });

const documents = {
  init,
  setup,
  deploy,
  plan,
  doctor,
  roles,
  history,
  report,
  keys,
  wait,
  revoke: v.union([revokeRole, revokeEverything]),
  sweep,
  resume: sweep,
  accounts,
  forget,
  adopt,
  member: v.strictObject({ version, form: v.picklist(['cloudformation', 'stackset', 'terraform']), text }),
  permissions: v.union([
    v.strictObject({
      version,
      job: text,
      policies: v.array(policy),
      googleRoles: v.array(v.strictObject({ project: text, id: text, title: text, permissions: texts })),
      script: v.exactOptional(text),
    }),
    v.strictObject({ version, job: text, missing: texts, undecided: texts }),
  ]),
  remove,
  validate: v.strictObject({
    version,
    stages: v.array(v.strictObject({ stage: text, files: texts })),
    errors: v.array(configProblem),
    warnings: v.array(configProblem),
  }),
  guard: v.strictObject({ version, policy }),
  explain: v.union([
    v.strictObject({ version, explanations: v.array(v.strictObject(explained)) }),
    v.strictObject({ version, errors: v.array(v.strictObject({ ...explained, example: text })) }),
  ]),
  boot: v.union([
    v.strictObject({
      version,
      files: v.array(v.strictObject({ path: text, mode: text, content: text })),
    }),
    v.strictObject({ version, variables: v.record(text, v.string()) }),
    v.strictObject({ version, policy }),
  ]),
  'credentials serve': v.strictObject({ version, url: text, region: text }),
  'credentials config': v.union([
    v.strictObject({ version, config: v.looseObject({ type: v.literal('external_account') }) }),
    v.strictObject({ version, output: text }),
  ]),
  'credentials check': v.strictObject({ version, roleName: text }),
  'local up': v.strictObject({
    version,
    environment: v.record(text, v.string()),
    environmentFile: text,
    // With several accounts: the AWS profile of each.
    accounts: v.exactOptional(v.array(v.strictObject({ accountId: text, profile: text }))),
    // Not with --empty.
    instance: v.exactOptional(v.record(text, v.string())),
    instanceFile: v.exactOptional(text),
  }),
  demo: v.strictObject({ version, isDone: v.literal(true) }),
  completion: v.union([
    v.strictObject({ version, shell: v.picklist(['bash', 'zsh', 'fish']), script: text }),
    v.strictObject({ version, names: v.array(text), isComplete: v.boolean() }),
  ]),
} satisfies Readonly<Record<string, v.GenericSchema>>;

type DocumentedCommand = keyof typeof documents;

export const documentedCommands = Object.keys(documents).filter(
  (name): name is DocumentedCommand => name in documents,
);

/** The errors of a command's document; empty if it is the one that the schema describes. Any command can print an error instead. */
export const documentErrors = (command: DocumentedCommand, document: unknown): readonly string[] => {
  const isError = typeof document === 'object' && document !== null && 'error' in document;
  const { issues = [] } = v.safeParse(isError ? failure : documents[command], document);
  return issues.map((issue) => `${command}: ${v.getDotPath(issue) ?? ''}: ${issue.message}`);
};

/** By command, and `error` for all of them. */
export const documentSchema = (): object => ({
  title: 'Documents of rolebridge --json (docs/commands.md)',
  ...toJsonSchema(v.strictObject({ ...documents, error: failure })),
});
