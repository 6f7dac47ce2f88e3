import { PermanentError } from '../core/errors.ts';
import { editMember } from './edit-member.ts';
import type { SetupPorts } from './ports.ts';
import type { SetupStep } from './step.ts';

/** Does one step, and waits until Google has finished it. @throws Failure */
export const performStep = async (ports: SetupPorts, step: SetupStep): Promise<void> => {
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
      return editMember(ports, step.resource, { kind: 'add', role: step.role, member: step.member });
    case 'unbind':
      return editMember(ports, step.resource, { kind: 'remove', role: step.role, member: step.member });
  }
};

/** Google may not know a resource yet that it created a moment ago. Matches Google's messages and ours. */
export const isTooEarly = (thrown: unknown): boolean =>
  thrown instanceof PermanentError &&
  (thrown.because === 'notFound' ||
    thrown.because === 'serviceDisabled' ||
    /does not exist/i.test(thrown.message));
