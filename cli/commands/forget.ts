import { readSeenTable } from '../../shared/app/seen-table.ts';
import { type Forgettable, forgettable } from '../../shared/core/answer.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { isListed, type Listed, listedOf } from '../../shared/core/forget.ts';
import { roleText } from '../../shared/core/model.ts';
import { emailOfResource } from '../../shared/core/service-account.ts';
import { colors } from '../colors.ts';
import { counted } from '../counted.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { createCommandRuntime } from '../runtime.ts';
import { sweepAnswer, sweepText } from '../sweep-text.ts';
import type { Terminal } from '../terminal.ts';

export interface ForgetOptions {
  readonly project?: string;
  readonly account?: string;
  readonly resource?: string;
  readonly yes?: boolean;
}

const thingOf = (options: ForgetOptions): Forgettable => {
  const [named, ...others] = (['project', 'account', 'resource'] as const).flatMap((kind) => {
    const name = options[kind];
    return name === undefined ? [] : [{ kind, name }];
  });
  if (named === undefined || others.length > 0)
    throw new PermanentError('Say what is gone: one of --project ID, --account ID and --resource NAME.');
  const thing = forgettable(named.kind, named.name);
  if (thing !== undefined) return thing;
  const forms = {
    project: 'the id or number of a Google project',
    account: 'an AWS account of 12 digits',
    resource: "a service account's e-mail, or projects/P/serviceAccounts/E",
  };
  throw new PermanentError(`--${named.kind} must be ${forms[named.kind]}, not "${named.name}".`);
};

const listText = ({ kind, name }: Forgettable, { entries, usedSince }: Listed): string =>
  [
    `Nobody can prove that these are gone. The ledger lists of ${kind} ${name}:`,
    ...(usedSince === undefined
      ? []
      : [`  the ${kind} itself${usedSince === '' ? '' : `, since ${usedSince}`}`]),
    ...entries.map(
      ({ role, entry }) => `  ${roleText(role)} on ${emailOfResource(entry.resource)}, since ${entry.since}`,
    ),
  ].join('\n');

/** Lists what cannot be proven gone, asks, and lets the functions drop it from the ledger. */
export const forget = async (terminal: Terminal, options: ForgetOptions): Promise<ExitCode> => {
  const { stage, signal, logger, say } = terminal;
  const thing = thingOf(options);
  const runtime = createCommandRuntime({ stage, signal, logger });
  const settings = runtime.settings();
  const listed = await terminal.progress('Reading the ledger', async () => {
    await runtime.signIn(settings);
    const { view, blindSpots } = await readSeenTable(settings, runtime.survey(settings));
    if (view === undefined) throw new PermanentError(blindSpots.map(({ reason }) => reason).join(' '));
    return listedOf(view, thing);
  });
  if (!isListed(listed)) {
    terminal.show(
      { version: 1, thing, listed: [], isForgotten: false },
      () => `The ledger holds nothing of ${thing.kind} ${thing.name}.`,
    );
    return exitCodes.done;
  }
  say(listText(thing, listed));
  const question = `Is ${thing.kind} ${thing.name} gone, so that the ledger may forget ${counted(listed.entries.length, 'binding')} of it?`;
  if (options.yes !== true && !(await terminal.confirm(question))) {
    terminal.show(
      { version: 1, thing, listed: listed.entries, isForgotten: false },
      () => 'Nothing was changed.',
    );
    return exitCodes.failed;
  }
  const answer = sweepAnswer(
    await terminal.progress('The sweep looks at everything', () =>
      runtime.stack().sweep({ kind: 'forget', thing, listed: listed.hash }),
    ),
  );
  terminal.show({ version: 1, thing, listed: listed.entries, isForgotten: true, ...answer }, () =>
    [colors.green('Your answer is kept, with your name.'), sweepText(stage, answer)].join('\n'),
  );
  return (answer.forgotten?.kept.length ?? 0) > 0 ? exitCodes.difference : exitCodes.done;
};
