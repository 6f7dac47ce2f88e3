import * as v from 'valibot';
import type { SetupStep } from '../../shared/setup/step.ts';
import type { UndoStep } from '../../shared/setup/undo/step.ts';
import { condition, text, texts, version } from './common.ts';

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
export const setup = v.union([
  v.strictObject({
    ...setupFields,
    steps: v.array(stepOf(stepFields)),
    broken: v.exactOptional(
      v.array(v.strictObject({ resource: text, role: text, member: text, instead: text })),
    ),
  }),
  v.strictObject({ ...setupFields, isUndo: v.literal(true), steps: v.array(stepOf(undoFields)) }),
]);
