import { configPaths, loadSettings } from '../../../shared/config/config.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { parseRoleRef } from '../../../shared/core/role-argument.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { instanceVariables } from '../../instance-variables.ts';
import type { Terminal } from '../../terminal.ts';
import { type BootFileName, bootFile } from './boot-files.ts';
import { environmentText, fetchScript, filled, instanceFiles, unitsText } from './instance-files.ts';
import { type IamPolicy, ownParametersPolicy } from './own-parameters-policy.ts';

export interface BootOptions {
  readonly print: 'cloud-init' | 'user-data' | 'systemd' | 'script' | 'environment' | 'policy';
  readonly role?: string;
}

/** Prints what an instance needs, filled in for this deployment. Makes no network call. */
export const boot = (terminal: Terminal, { print, role }: BootOptions): Promise<ExitCode> => {
  const settings = loadSettings(configPaths(terminal));
  const read = (name: BootFileName): string => bootFile(terminal.root, name);
  const files = instanceFiles(read, settings);
  const show = (text: string): void => terminal.show({ files }, () => text, 'file');
  switch (print) {
    case 'cloud-init':
      show(filled(read('cloud-init.yaml'), files));
      break;
    case 'user-data':
      show(filled(read('user-data.sh'), files));
      break;
    case 'systemd':
      show(unitsText(files));
      break;
    case 'script':
      show(fetchScript(read, settings));
      break;
    case 'environment':
      terminal.show({ variables: instanceVariables(settings) }, () => environmentText(settings), 'file');
      break;
    case 'policy': {
      const policy = policyOf(settings, role);
      terminal.show({ policy }, () => JSON.stringify(policy, null, 2), 'file');
      break;
    }
  }
  return Promise.resolve(exitCodes.done);
};

const policyOf = (settings: Settings, role: string | undefined): IamPolicy => {
  if (role === undefined)
    throw new PermanentError(
      'The policy is for one role. Pass its name: rolebridge boot --print policy --role NAME.',
    );
  return ownParametersPolicy(settings.parameterPrefix, parseRoleRef(role, settings));
};
