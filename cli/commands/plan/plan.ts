import { type ForecastOptions, plan as planAccess, type WhatIf } from '../../../shared/app/plan.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import type { Tag } from '../../../shared/core/model.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { forecastDocument } from './document.ts';
import { forecastText } from './text.ts';

export interface PlanOptions {
  readonly role?: readonly string[];
  readonly account?: string;
  readonly tag?: readonly string[];
  readonly untag?: readonly string[];
  readonly config?: string;
}

/** Shows what the deployed functions would do now, or with other tags or another rolebridge.yml. */
export const plan = async (terminal: Terminal, options: PlanOptions): Promise<ExitCode> => {
  const runtime = await openRuntime(terminal);
  const current = runtime.settings();
  const settings = options.config === undefined ? current : runtime.settings(options.config);
  assertConfigured(settings, options.account);
  const whatIf = whatIfOf(options);
  const forecastOptions: ForecastOptions = {
    roleNames: options.role ?? [],
    ...(whatIf === undefined ? {} : { whatIf }),
    ...(options.config === undefined ? {} : { current }),
  };
  const found = await terminal.progress('Looking at both clouds', async () => {
    await runtime.signIn(settings);
    return planAccess(settings, runtime.survey(settings), forecastOptions);
  });
  terminal.show(forecastDocument(found), () =>
    forecastText(found, { asked: options.role ?? [], stage: terminal.stage }),
  );
  if (found.blindSpots.length > 0) return exitCodes.failed;
  return found.roles.some(({ changes }) => changes.length > 0) ? exitCodes.difference : exitCodes.done;
};

const assertConfigured = ({ accounts }: Settings, account: string | undefined): void => {
  if (account !== undefined && !accounts.some(({ id }) => id === account))
    throw new PermanentError(
      `Account ${account} is not in rolebridge.yml (${accounts.map(({ id }) => id).join(', ')}).`,
    );
};

const whatIfOf = ({ role = [], tag = [], untag = [] }: PlanOptions): WhatIf | undefined => {
  if (tag.length === 0 && untag.length === 0) return undefined;
  const [roleName, ...others] = role;
  if (roleName === undefined || others.length > 0)
    throw new PermanentError('--tag and --untag apply to one role. Name it with --role.');
  return { roleName, tags: tag.map(tagOf), untagged: untag };
};

const tagOf = (text: string): Tag => {
  const at = text.indexOf('=');
  if (at < 1) throw new PermanentError(`--tag must be KEY=VALUE, not "${text}".`);
  return { key: text.slice(0, at), value: text.slice(at + 1) };
};
