import { assertUnchanged, packagedText } from '../../../shared/config/packaged-text.ts';
import { homeOf } from '../../../shared/core/settings.ts';
import { rolebridge } from '../../../shared/doctor/commands.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { unlessInterrupted } from '../../interruption.ts';
import { openRuntime } from '../../open-runtime.ts';
import { withService } from '../../service/assembled-service.ts';
import { runServerless } from '../../service/run-serverless.ts';
import type { Terminal } from '../../terminal.ts';
import { assertNothingLeft } from './assert-nothing-left.ts';
import { beforeLines, removedText } from './text.ts';

export interface RemoveOptions {
  readonly yes?: boolean;
  readonly keepAccess?: boolean;
}

/** Removes the stack. Refuses while roles have access, because no function could revoke it afterward. */
export const remove = async (terminal: Terminal, options: RemoveOptions): Promise<ExitCode> => {
  const { stage, signal, root, say } = terminal;
  const { yes = false, keepAccess = false } = options;
  const runtime = await openRuntime(terminal);
  const text = packagedText(runtime.configPaths);
  const settings = runtime.settings();
  const accountId = homeOf(settings);
  const tableName = await unlessInterrupted(signal, nothingRemoved, () =>
    terminal.progress('Looking for access that is left', async () => {
      await runtime.assertAccount(settings);
      if (!keepAccess) await assertNothingLeft(runtime, settings, stage);
      return runtime.tableName();
    }),
  );
  const removal = { stage, accountId, keepAccess, ...(tableName === undefined ? {} : { tableName }) };
  for (const line of beforeLines(removal)) say(line);
  if (
    !yes &&
    !(await terminal.confirm(`Remove the stack rolebridge-${stage} of AWS account ${accountId}?`))
  ) {
    terminal.show({ ...removal, isRemoved: false }, () => 'Nothing was changed.');
    return exitCodes.failed;
  }
  // Someone may have resumed while the question was open.
  if (!yes && !keepAccess)
    await unlessInterrupted(signal, nothingRemoved, () =>
      terminal.progress('Looking once more', () => assertNothingLeft(runtime, settings, stage)),
    );
  assertUnchanged(runtime.configPaths, text);
  await unlessInterrupted(signal, removingText(stage, keepAccess), () =>
    withService(root, text, (folder) => runServerless(terminal, folder, 'remove')),
  );
  terminal.show({ ...removal, isRemoved: true }, () => removedText(removal));
  return exitCodes.done;
};

const nothingRemoved = 'Nothing was removed.';

const removingText = (stage: string, keepAccess: boolean): string =>
  `CloudFormation finishes by itself what it has begun. To continue: ${rolebridge(stage, keepAccess ? 'remove --keep-access' : 'remove')}`;
