import { loadScope } from '../../shared/app/sweep-scope.ts';
import { type Forgettable, forgettable } from '../../shared/core/answer.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { isListed, type Listed, listedOf } from '../../shared/core/forget.ts';
import { roleText } from '../../shared/core/model.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { resourceText } from '../../shared/core/target.ts';
import { counted } from '../../shared/counted.ts';
import { colors } from '../colors.ts';
import { type CommandDefinition, examples } from '../command-definition.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { unlessInterrupted } from '../interruption.ts';
import { openRuntime } from '../open-runtime.ts';
import type { CommandRuntime } from '../runtime.ts';
import { parseSweepAnswer, sweepText } from '../sweep-text.ts';
import type { Terminal } from '../terminal.ts';

export const forgetCommand: CommandDefinition = (program, start) => {
  program
    .command('forget')
    .description(
      'confirm that a deleted project, account or resource is gone, and drop its entries from the ledger',
    )
    .option('--project <id>', 'a Google project that was deleted')
    .option('--account <id>', 'an AWS account that was closed')
    .option('--resource <name>', "a service account's e-mail, or a resource such as buckets/acme-in")
    .option('--yes', 'do not ask for confirmation')
    .addHelpText(
      'after',
      examples('rolebridge forget --project acme-old', 'rolebridge forget --account 444455556666'),
    )
    .action(start(forget));
};

interface ForgetOptions {
  readonly project?: string;
  readonly account?: string;
  readonly resource?: string;
  readonly yes?: boolean;
}

const forget = async (terminal: Terminal, options: ForgetOptions): Promise<ExitCode> => {
  const thing = thingOf(options);
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const listed = await terminal.progress('Reading the ledger', () => readListed(runtime, settings, thing));
  if (!isListed(listed)) {
    terminal.show(
      { thing, listed: [], isForgotten: false },
      () => `The ledger lists nothing for ${thing.kind} ${thing.name}.`,
    );
    return exitCodes.done;
  }
  terminal.say(listText(thing, listed));
  const question = `Is ${thing.kind} ${thing.name} gone? The ledger then drops ${counted(listed.entries.length, 'binding')} of it.`;
  if (options.yes !== true && !(await terminal.confirm(question))) {
    terminal.show({ thing, listed: listed.entries, isForgotten: false }, () => 'Nothing was changed.');
    return exitCodes.failed;
  }
  const answer = parseSweepAnswer(
    await terminal.progress('Sweeping', () =>
      unlessInterrupted(terminal.signal, 'The sweep may have started, and then drops the entries.', () =>
        runtime.stack(settings).sweep({ kind: 'forget', thing, listed: listed.hash }),
      ),
    ),
  );
  terminal.show({ thing, listed: listed.entries, isForgotten: true, ...answer }, () =>
    [colors.green('Your answer is recorded, with your name.'), sweepText(terminal.stage, answer)].join('\n'),
  );
  return (answer.forgotten?.kept.length ?? 0) > 0 ? exitCodes.difference : exitCodes.done;
};

const thingOf = (options: ForgetOptions): Forgettable => {
  const [named, ...others] = (['project', 'account', 'resource'] as const).flatMap((kind) => {
    const name = options[kind];
    return name === undefined ? [] : [{ kind, name }];
  });
  if (named === undefined || others.length > 0)
    throw new PermanentError('Pass exactly one of --project ID, --account ID and --resource NAME.');
  const thing = forgettable(named.kind, named.name);
  if (thing !== undefined) return thing;
  const forms = {
    project: 'the id or number of a Google project',
    account: 'an AWS account of 12 digits',
    resource: "a service account's e-mail, or a resource such as buckets/BUCKET or projects/P/datasets/D",
  };
  throw new PermanentError(`--${named.kind} must be ${forms[named.kind]}, not "${named.name}".`);
};

const readListed = async (
  runtime: CommandRuntime,
  settings: Settings,
  thing: Forgettable,
): Promise<Listed> => {
  await runtime.signIn(settings);
  const { view, blindSpots } = await loadScope(settings, runtime.survey(settings));
  if (view === undefined) throw new PermanentError(blindSpots.map(({ reason }) => reason).join(' '));
  return listedOf(view, thing);
};

const listText = ({ kind, name }: Forgettable, { entries, usedSince }: Listed): string =>
  [
    `No listing can prove that these are gone. The ledger lists for ${kind} ${name}:`,
    ...(usedSince === undefined
      ? []
      : [`  the ${kind} itself${usedSince === '' ? '' : `, since ${usedSince}`}`]),
    ...entries.map(
      ({ role, entry }) => `  ${roleText(role)} on ${resourceText(entry.resource)}, since ${entry.since}`,
    ),
  ].join('\n');
