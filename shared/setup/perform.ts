import { editResource } from '../app/edit-resource.ts';
import type { PolicyChange } from '../core/change.ts';
import { PermanentError } from '../core/errors.ts';
import { emailOfResource } from '../core/service-account.ts';
import { isProject } from './observe.ts';
import type { SetupPorts } from './ports.ts';
import type { SetupStep, StepOf } from './step.ts';

/** Does one step; it comes back when Google has done it. @throws Failure */
export const perform = async (ports: SetupPorts, step: SetupStep): Promise<void> => {
  const { writer: google, file } = ports;
  switch (step.kind) {
    case 'writeSettings':
      return file.write(step.changes);
    case 'enableServices':
      return google.enableServices(step.project, step.services);
    case 'createPool':
      return google.createPool(step.name, step.description);
    case 'undeletePool':
      return google.undeletePool(step.name);
    case 'enablePool':
      return google.updatePool(step.name, { disabled: false });
    case 'describePool':
      return google.updatePool(step.name, { description: step.description });
    case 'createProvider': {
      const { name, accountId, attributeMapping, attributeCondition } = step;
      return google.createProvider(name, { accountId, attributeMapping, attributeCondition });
    }
    case 'undeleteProvider':
      return google.undeleteProvider(step.name);
    case 'enableProvider':
      return google.updateProvider(step.name, { disabled: false });
    case 'correctProvider': {
      const { name, attributeMapping, attributeCondition } = step;
      return google.updateProvider(name, { attributeMapping, attributeCondition });
    }
    case 'createServiceAccount':
      return google.createServiceAccount(step.email);
    case 'enableServiceAccount':
      return google.enableServiceAccount(step.email);
    case 'createCustomRole':
      return google.createCustomRole(step.name, step);
    case 'undeleteCustomRole':
      return google.undeleteCustomRole(step.name);
    case 'correctCustomRole':
      return google.updateCustomRole(step.name, step.permissions);
    case 'bind':
      return bind(ports, step);
  }
};

/** One member more, in the read-modify-write that the functions use. @throws Failure */
const bind = async (
  { reader, policies, clock }: SetupPorts,
  { resource, role, member }: StepOf<'bind'>,
): Promise<void> => {
  const change: PolicyChange = {
    kind: 'bind',
    id: 'setup',
    grants: [],
    email: emailOfResource(resource),
    resource,
    edit: { kind: 'add', role, member },
  };
  const store = isProject(resource) ? reader.projectPolicies : policies;
  const results = await editResource({ policies: store, clock }, resource, [change], notInLedger);
  const result = results.get(change);
  if (result?.kind === 'failed') throw result.error;
};

/** Setup's members are people's decisions, and no role's: the ledger does not list them. */
const notInLedger = () => Promise.resolve(new Map<never, never>());

/** What Google does not know yet, though it made it a moment ago: in its own words and in ours. */
export const mayBeTooEarly = (thrown: unknown): boolean =>
  thrown instanceof PermanentError &&
  (thrown.because === 'notFound' ||
    thrown.because === 'serviceDisabled' ||
    /does not exist/i.test(thrown.message));
