/**
 * The document that each command prints with --json (docs/commands.md). A field that is not named here is not printed. This becomes
 * docs/commands.schema.json, and the tests check each command's document against it.
 */
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import type { SetupStep } from '../shared/setup/step.ts';
import type { UndoStep } from '../shared/setup/undo/step.ts';

const text = v.pipe(v.string(), v.minLength(1));
const texts = v.array(v.string());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const version = v.literal(1);
const role = v.strictObject({
  partition: text,
  accountId: text,
  roleName: text,
  roleId: v.exactOptional(text),
});
/** The role has no id because it was not seen: its account was not listed, or is not in the file. Otherwise it does not exist. */
const isRoleUnseen = v.exactOptional(v.literal(true));
const place = v.pipe(v.number(), v.integer(), v.minValue(1));
/** An error or a warning of `validate`. Line and column are missing if it is about the whole file. */
const configProblem = v.strictObject({
  file: text,
  line: v.exactOptional(place),
  column: v.exactOptional(place),
  path: v.exactOptional(text),
  message: text,
  stages: texts,
});
const blindSpots = v.array(v.strictObject({ what: text, reason: text }));
const parameter = v.strictObject({ region: text, name: text });
/** Without an account, in the one that rolebridge is deployed to. */
const placedParameter = v.strictObject({ accountId: v.exactOptional(text), region: text, name: text });
const limits = v.array(
  v.strictObject({
    accountId: text,
    kind: v.picklist(['released', 'held', 'incomplete']),
    released: count,
    approved: count,
    held: count,
    limit: count,
    hash: v.exactOptional(text),
  }),
);
const revokeAll = v.exactOptional(v.strictObject({ at: text, answeredBy: text }));
/** As Google has it: people's own conditions may have empty fields. */
const condition = v.strictObject({
  title: v.exactOptional(v.string()),
  expression: v.exactOptional(v.string()),
  description: v.exactOptional(v.string()),
  location: v.exactOptional(v.string()),
});

const planChange = <const Kinds extends readonly [string, ...string[]], Fields extends v.ObjectEntries>(
  kinds: Kinds,
  fields: Fields,
) =>
  v.strictObject({
    kind: v.picklist(kinds),
    grants: texts,
    isHeld: v.boolean(),
    obstacle: v.exactOptional(text),
    isImpossible: v.exactOptional(v.literal(true)),
    differs: v.exactOptional(texts),
    ...fields,
  });
const changeKinds = [
  'bind',
  'unbind',
  'list',
  'unlist',
  'publish',
  'unpublish',
  'writeStatus',
  'removeStatus',
] as const;
/** The access that a change is about: as a service account, or a Google role on a resource. */
const accessFields = [{ email: text }, { target: text }] as const;
/** A change of access, of a config, or of the ledger only. */
const change = v.union([
  ...accessFields.flatMap((access) => [
    planChange(['bind', 'unbind', 'list', 'unlist'], {
      ...access,
      resource: text,
      member: text,
      condition: v.exactOptional(condition),
    }),
    planChange(['publish'], {
      ...access,
      region: text,
      name: text,
      isNew: v.boolean(),
      otherType: v.exactOptional(text),
    }),
  ]),
  planChange(['unpublish', 'writeStatus', 'removeStatus'], { region: text, name: text }),
]);
const grant = v.strictObject({
  name: text,
  target: text,
  /** For a Google role on a resource. */
  clientProject: v.exactOptional(text),
  /** It may stay where it is bound, and may not be bound. */
  blocked: v.exactOptional(v.strictObject({ reason: text, isPassing: v.exactOptional(v.literal(true)) })),
  expiresAt: v.exactOptional(text),
  rule: text,
  tag: v.strictObject({ key: text, value: text }),
});

/** A member that a resource had before rolebridge used it. */
const inheritedMember = v.strictObject({
  googleRole: text,
  resource: text,
  role,
  member: text,
  isKept: v.exactOptional(v.literal(true)),
});

const plan = v.strictObject({
  version,
  accountId: text,
  /** With several. */
  accounts: v.exactOptional(texts),
  mode: text,
  warnings: texts,
  roles: v.array(
    v.strictObject({
      role,
      isRoleUnseen,
      grants: v.array(grant),
      refusals: v.array(
        v.strictObject({ name: text, tagKey: text, value: v.string(), code: text, reason: text }),
      ),
      changes: v.array(change),
      unknown: texts,
      nearMisses: texts,
      hints: texts,
    }),
  ),
  limits,
  blindSpots,
  notReadable: texts,
  leftAlone: v.array(placedParameter),
  inherited: v.exactOptional(v.array(inheritedMember)),
  leftAccounts: v.exactOptional(texts),
  notTagged: texts,
  missing: texts,
  newRole: v.exactOptional(text),
  revokeAll,
});

const providerFields = {
  name: text,
  accountId: text,
  attributeMapping: v.record(text, text),
  attributeCondition: v.string(),
};
const bindFields = {
  purpose: v.picklist([
    'actAsRolebridge',
    'readPool',
    'list',
    'optIn',
    'optInProject',
    'optInResource',
    'optInProjectGrants',
    'readKeys',
  ]),
  resource: text,
  role: text,
  member: text,
  condition: v.exactOptional(condition),
};
/** The fields of each kind of step. */
const stepFields = {
  writeSettings: {
    path: text,
    changes: v.array(
      v.strictObject({
        path: v.array(v.union([v.string(), v.number()])),
        value: text,
        before: v.exactOptional(v.string()),
      }),
    ),
  },
  enableServices: { project: text, services: texts },
  createPool: { name: text, description: text },
  undeletePool: { name: text },
  enablePool: { name: text },
  describePool: { name: text, isShared: v.boolean(), description: text, before: v.string() },
  createProvider: providerFields,
  undeleteProvider: { name: text },
  enableProvider: { name: text },
  correctProvider: { ...providerFields, faults: texts },
  createServiceAccount: { email: text, project: text },
  enableServiceAccount: { email: text, project: text },
  createCustomRole: { name: text, title: text, permissions: texts },
  undeleteCustomRole: { name: text },
  correctCustomRole: { name: text, permissions: texts, faults: texts },
  bind: bindFields,
  unbind: bindFields,
} satisfies Readonly<Record<SetupStep['kind'], v.ObjectEntries>>;
const undoFields = {
  unbind: bindFields,
  deleteCustomRole: { name: text },
  deleteServiceAccount: { email: text, project: text },
  unmarkPool: { name: text, description: v.string(), before: text },
  deletePool: { name: text, providers: texts },
} satisfies Readonly<Record<UndoStep['kind'], v.ObjectEntries>>;
const stepOf = (fields: Readonly<Record<string, v.ObjectEntries>>) =>
  v.union(
    Object.entries(fields).map(([kind, entries]) =>
      v.strictObject({ kind: v.literal(kind), title: text, ...entries }),
    ),
  );
const setupFields = {
  version,
  project: text,
  projectNumber: text,
  accountIds: texts,
  stage: text,
  warnings: texts,
  refusals: texts,
  script: v.exactOptional(text),
  result: v.exactOptional(
    v.strictObject({
      done: texts,
      failed: v.exactOptional(v.strictObject({ title: text, reason: text })),
      notDone: texts,
    }),
  ),
};
const setup = v.union([
  v.strictObject({
    ...setupFields,
    steps: v.array(stepOf(stepFields)),
    broken: v.exactOptional(
      v.array(v.strictObject({ resource: text, role: text, member: text, instead: text })),
    ),
  }),
  v.strictObject({ ...setupFields, isUndo: v.literal(true), steps: v.array(stepOf(undoFields)) }),
]);

const status = v.picklist(['ok', 'warning', 'failed', 'unknown']);
const doctor = v.strictObject({
  version,
  results: v.array(
    v.strictObject({
      id: text,
      group: text,
      title: text,
      status,
      found: text,
      note: v.exactOptional(text),
      fix: v.exactOptional(text),
      because: v.exactOptional(text),
    }),
  ),
  counts: v.strictObject({ ok: count, warning: count, failed: count, unknown: count }),
});

const accessState = v.picklist(['bound', 'awaited', 'refused', 'unasked', 'unclear', 'inherited', 'unseen']);
/** A binding that is not as a tag would have it. */
const bindingFields = { pool: v.exactOptional(text), condition: v.exactOptional(condition) };
const roles = v.strictObject({
  version,
  roles: v.array(
    v.strictObject({
      ref: role,
      roleId: v.exactOptional(text),
      isRoleUnseen,
      grant: v.exactOptional(text),
      /** For a tag that cannot be read: its value, which may be empty. */
      target: v.string(),
      ...bindingFields,
      expiresAt: v.exactOptional(text),
      state: accessState,
      reason: v.exactOptional(text),
      rule: v.exactOptional(text),
    }),
  ),
  missing: texts,
  blindSpots,
  notReadable: texts,
  leftAccounts: v.exactOptional(texts),
  revokeAll,
});

const outcomeEntry = v.strictObject({
  kind: v.literal('outcome'),
  at: text,
  result: v.picklist(['Granted', 'Revoked', 'Refused', 'Failed', 'Confirmed', 'Forgotten']),
  id: text,
  role,
  grant: v.exactOptional(text),
  target: v.exactOptional(v.string()),
  tagValue: v.exactOptional(v.string()),
  expiresAt: v.exactOptional(text),
  requestedBy: v.exactOptional(v.string()),
  isRecorded: v.exactOptional(v.literal(true)),
  answeredBy: v.exactOptional(v.string()),
  because: v.exactOptional(text),
  eventId: v.exactOptional(v.string()),
  eventName: v.exactOptional(v.string()),
  reason: v.exactOptional(v.string()),
  isPlanned: v.exactOptional(v.literal(true)),
});
const answerEntry = v.strictObject({
  kind: v.literal('answer'),
  at: text,
  answer: v.string(),
  answeredBy: v.string(),
});
const entries = v.array(v.union([outcomeEntry, answerEntry]));
const logs = v.array(
  v.strictObject({ functionName: text, from: text, retentionDays: v.exactOptional(count) }),
);
const history = v.strictObject({
  version,
  since: text,
  until: text,
  entries,
  standing: v.array(
    v.strictObject({
      role,
      grants: texts,
      target: text,
      expiresAt: v.exactOptional(text),
      since: text,
      requestedBy: v.exactOptional(text),
    }),
  ),
  logs,
  blindSpots,
});

const keyUse = v.union([
  v.strictObject({ kind: v.literal('seen'), at: text, from: text, until: text }),
  v.strictObject({ kind: v.literal('notSeen'), from: text, until: text }),
  v.strictObject({ kind: v.picklist(['noData', 'notEnabled', 'notPermitted', 'unreadable']), reason: text }),
]);
const keyFields = {
  idleDays: count,
  accounts: v.array(
    v.strictObject({
      email: text,
      /** Missing if the ledger lists no grant. */
      grantedSince: v.exactOptional(text),
      roles: v.array(role),
      /** Other roles may have a grant, or an older one. */
      isLedgerIncomplete: v.exactOptional(v.literal(true)),
      /** Missing if there are no keys. */
      use: v.exactOptional(keyUse),
      /** Missing if they could not be read. */
      keys: v.exactOptional(
        v.array(
          v.strictObject({
            id: text,
            createdAt: v.exactOptional(text),
            expiresAt: v.exactOptional(text),
            neverExpires: v.exactOptional(v.literal(true)),
            isDisabled: v.boolean(),
            alerts: v.array(v.picklist(['exposed', 'compromised', 'unknown'])),
            state: v.picklist([
              'expired',
              'disabled',
              'leaked',
              'replaced',
              'idle',
              'tooEarly',
              'used',
              'noData',
              'unread',
            ]),
            idleDays: v.exactOptional(count),
            use: keyUse,
            evidence: text,
            commands: texts,
          }),
        ),
      ),
    }),
  ),
};
const keys = v.strictObject({ version, ...keyFields, blindSpots });

const reportRow = v.strictObject({
  role,
  isRoleUnseen,
  grant: v.exactOptional(text),
  target: v.string(),
  googleRole: v.exactOptional(text),
  resource: v.exactOptional(text),
  state: accessState,
  ...bindingFields,
  isHeld: v.exactOptional(v.literal(true)),
  since: v.exactOptional(text),
  expiresAt: v.exactOptional(text),
  requestedBy: v.exactOptional(text),
  event: v.exactOptional(
    v.strictObject({
      name: v.exactOptional(text),
      id: v.exactOptional(text),
      at: v.exactOptional(text),
    }),
  ),
  rule: v.exactOptional(text),
  reason: v.exactOptional(v.string()),
});
const unmanaged = v.array(
  v.strictObject({ member: text, googleRole: text, resource: text, condition: v.exactOptional(condition) }),
);
const report = v.strictObject({
  version,
  at: text,
  stage: text,
  commit: v.exactOptional(v.strictObject({ id: text, isModified: v.boolean() })),
  warnings: texts,
  mode: text,
  accountId: text,
  accounts: texts,
  counts: v.strictObject({
    active: count,
    refused: count,
    held: count,
    drifted: count,
    endingSoon: count,
    unseen: count,
  }),
  blindSpots,
  notReadable: texts,
  policies: v.strictObject({ read: texts, unread: texts }),
  rows: v.array(reportRow),
  changes: v.array(
    v.strictObject({
      role,
      isRoleUnseen,
      kind: v.picklist(changeKinds),
      what: text,
      region: v.exactOptional(text),
      grants: texts,
      isHeld: v.exactOptional(v.literal(true)),
      obstacle: v.exactOptional(text),
    }),
  ),
  limits,
  unmanaged,
  inherited: v.array(inheritedMember),
  leftAlone: v.array(placedParameter),
  leftAccounts: v.exactOptional(texts),
  revokeAll,
  historySince: text,
  history: entries,
  logs,
  /** With --keys. */
  keys: v.exactOptional(v.strictObject(keyFields)),
  difference: v.exactOptional(
    v.strictObject({
      previousAt: text,
      isIncomplete: v.boolean(),
      added: v.array(reportRow),
      removed: v.array(reportRow),
      changed: v.array(v.strictObject({ before: reportRow, after: reportRow, fields: texts })),
      unmanagedAdded: unmanaged,
      unmanagedRemoved: unmanaged,
    }),
  ),
});

const wait = v.strictObject({
  version,
  role,
  isDone: v.boolean(),
  isExchanged: v.boolean(),
  seconds: count,
  grants: v.array(
    v.strictObject({
      name: text,
      target: text,
      expiresAt: v.exactOptional(text),
      /** With --exchange: why it is not proven that the role has it. */
      unproven: v.exactOptional(text),
    }),
  ),
  missing: texts,
  reason: v.exactOptional(text),
});

const requester = v.strictObject({
  grant: text,
  requestedBy: v.exactOptional(text),
  eventId: v.exactOptional(text),
  eventName: v.exactOptional(text),
  eventTime: v.exactOptional(text),
});
/** An entry of the ledger. */
const listed = v.strictObject({
  role,
  entry: v.strictObject({
    googleRole: text,
    resource: text,
    member: text,
    condition: v.exactOptional(condition),
    grants: texts,
    since: text,
    announcedAt: text,
    requesters: v.exactOptional(v.array(requester)),
  }),
});

const revokeRole = v.strictObject({
  version,
  role,
  untagged: texts,
  isGone: v.boolean(),
  left: v.exactOptional(
    v.strictObject({
      tags: v.exactOptional(texts),
      resources: texts,
      parameters: v.array(parameter),
      unseen: texts,
    }),
  ),
  unseen: v.exactOptional(texts),
});

const revokeEverything = v.strictObject({
  version,
  isGone: v.boolean(),
  revoked: v.array(role),
  rules: v.exactOptional(v.array(v.strictObject({ rule: text, kind: v.picklist(['stopped', 'absent']) }))),
  failures: v.exactOptional(texts),
  left: v.exactOptional(v.array(v.strictObject({ role, changes: texts }))),
  listed: v.exactOptional(v.array(listed)),
  blindSpots: v.exactOptional(blindSpots),
  elsewhere: v.exactOptional(v.array(v.strictObject({ accountId: text, region: text, names: texts }))),
  restorable: v.exactOptional(v.array(v.strictObject({ project: text, lostAt: text }))),
  restorableResources: v.exactOptional(v.array(v.strictObject({ resource: text, goneAt: text }))),
  examined: v.exactOptional(
    v.strictObject({
      accountId: text,
      accounts: texts,
      roles: count,
      projects: v.array(v.strictObject({ project: text, serviceAccounts: count })),
      policies: count,
      parameters: v.array(
        v.strictObject({ accountId: v.exactOptional(text), region: text, prefix: text, found: count }),
      ),
      pools: texts,
      ledgerItems: v.exactOptional(count),
    }),
  ),
  tableName: v.exactOptional(text),
});

/** A place or an account that only an earlier rolebridge.yml named. */
const watched = v.strictObject({
  kind: v.picklist(['project', 'region', 'place', 'prefix', 'pool', 'account', 'site']),
  name: text,
  since: v.exactOptional(text),
  droppedAt: v.exactOptional(text),
  lostAt: v.exactOptional(text),
  goneAt: v.exactOptional(text),
  isFormer: v.exactOptional(v.literal(true)),
  inherited: v.exactOptional(text),
  pools: v.exactOptional(texts),
  owner: v.exactOptional(text),
});
const forgettable = v.strictObject({ kind: v.picklist(['project', 'account', 'resource']), name: text });
const adoption = {
  verdict: v.picklist(['keep', 'remove']),
  resource: text,
  googleRole: v.exactOptional(text),
  role: v.exactOptional(text),
};
const swept = {
  rolesSeen: count,
  parametersSeen: count,
  policiesRead: count,
  fullestPolicy: v.exactOptional(
    v.union([
      v.strictObject({ email: text, principals: count }),
      v.strictObject({ resource: text, principals: count }),
    ]),
  ),
  notOptedIn: texts,
  notReadable: texts,
  pool: text,
  drifted: v.array(role),
  limits,
  blindSpots,
  joining: v.exactOptional(v.array(v.strictObject({ accountId: text, reason: text }))),
  isTableEmptied: v.boolean(),
  leftAlone: v.array(placedParameter),
  dropped: v.array(watched),
  answer: v.exactOptional(
    v.strictObject({ text, answeredBy: text, isNeedless: v.exactOptional(v.literal(true)) }),
  ),
  forgotten: v.exactOptional(
    v.strictObject({
      thing: forgettable,
      dropped: v.array(v.strictObject({ role, email: text })),
      kept: v.array(v.strictObject({ role, email: text, reason: text })),
      isOutOfScope: v.boolean(),
    }),
  ),
  adopted: v.exactOptional(v.strictObject({ ...adoption, count, members: texts })),
  revokeAll,
  cut: v.exactOptional(texts),
};
const sweep = v.strictObject({ version, ...swept });

const init = v.strictObject({
  version,
  files: v.array(v.strictObject({ path: text, change: v.picklist(['created', 'extended', 'replaced']) })),
  keptScripts: texts,
});

const deploy = v.strictObject({
  version,
  stage: text,
  accountIds: texts,
  path: text,
  isSetupChecked: v.boolean(),
  dashboard: text,
  sweep: v.exactOptional(v.strictObject(swept)),
  sweepFailure: v.exactOptional(text),
});

const remove = v.strictObject({
  version,
  stage: text,
  accountId: text,
  keepAccess: v.boolean(),
  tableName: v.exactOptional(text),
  isRemoved: v.boolean(),
});

const organizationAccount = {
  id: text,
  name: v.string(),
  state: v.picklist(['active', 'suspended', 'closed', 'other']),
};
const organizationAccounts = v.array(v.strictObject(organizationAccount));
const accounts = v.strictObject({
  version,
  organization: text,
  toAdd: organizationAccounts,
  toRemove: organizationAccounts,
  blocked: v.array(v.strictObject({ ...organizationAccount, reason: text })),
  unknown: texts,
  outside: organizationAccounts,
  unchanged: organizationAccounts,
  isWritten: v.boolean(),
  /** The file that was written, and the ids of the accounts. */
  path: v.exactOptional(text),
  added: v.exactOptional(texts),
  removed: v.exactOptional(texts),
});
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
