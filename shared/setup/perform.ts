import { PermanentError, RetryableError } from '../core/errors.ts';
import type { Work } from './apply.ts';
import { titleOf } from './describe-step.ts';
import { editMember } from './edit-member.ts';
import { pacedBy, poolWrites } from './pace.ts';
import type { SetupPorts } from './ports.ts';
import type { SetupStep } from './step.ts';

/** How the steps of setup are done. */
export const performing = (ports: SetupPorts): Omit<Work<SetupStep>, 'replan'> => {
  const pace = pacedBy(ports.clock, poolWrites);
  return {
    titleOf,
    perform: async (step) => {
      if (isPoolWrite(step)) await pace();
      await performStep(ports, step);
    },
    isTooEarly: (thrown) => isTooEarly(thrown) || isRateLimited(thrown),
    doneBefore: ['conflict'],
  };
};

export const isPoolWrite = ({ kind }: SetupStep): boolean => /Pool$|Provider$/.test(kind);

/** Does one step, and waits until Google has finished it. @throws Failure */
const performStep = async (ports: SetupPorts, step: SetupStep): Promise<void> => {
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
      return editMember(ports, 'add', step);
    case 'unbind':
      return editMember(ports, 'remove', step);
  }
};

/** Google may not know a resource yet that it created a moment ago. Matches Google's messages and ours. */
const isTooEarly = (thrown: unknown): boolean =>
  thrown instanceof PermanentError &&
  (thrown.because === 'notFound' ||
    thrown.because === 'serviceDisabled' ||
    /does not exist/i.test(thrown.message));

/** Others may write to pools of the project in the same minute. The pauses of applySteps add up to almost one. */
export const isRateLimited = (thrown: unknown): boolean =>
  thrown instanceof RetryableError && /: 429 /.test(thrown.message);
