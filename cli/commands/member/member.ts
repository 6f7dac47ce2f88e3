import { memberDefinition } from '../../../shared/member/definition.ts';
import { type MemberForm, printedMember } from '../../../shared/member/print.ts';
import { colors } from '../../colors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { Terminal } from '../../terminal.ts';

export interface MemberOptions {
  readonly print: MemberForm;
}

/** Prints what another account needs. It makes no network call. */
export const member = async (terminal: Terminal, { print: form }: MemberOptions): Promise<ExitCode> => {
  const runtime = await openRuntime(terminal);
  // The roles can be made before setup has filled in its settings.
  const { settings } = runtime.settingsFile().complete();
  if (settings.accounts.length === 1)
    terminal.say(
      colors.yellow(
        'Warning: rolebridge.yml lists only the account deployed to, so its stack has no bus for other accounts. Add them, and deploy, first.',
      ),
    );
  const text = printedMember(memberDefinition(settings, terminal.stage), form);
  terminal.show({ form, text }, () => text.replace(/\n$/, ''), 'file');
  return exitCodes.done;
};
