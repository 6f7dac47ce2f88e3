import { inheritedRoles, listMembers } from '../../shared/app/adopt.ts';
import { loadScope } from '../../shared/app/sweep-scope.ts';
import type { InheritedMember, ListedMembers } from '../../shared/core/adopt.ts';
import type { Adoption } from '../../shared/core/answer.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import {
  isGoogleRole,
  notAGoogleRole,
  notAResource,
  resourceKindOf,
} from '../../shared/core/google-resource.ts';
import { roleText } from '../../shared/core/model.ts';
import {
  assertUnambiguous,
  isNamedRole,
  parseNamedRole,
  roleLabel,
  suggestionOf,
} from '../../shared/core/role-argument.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import { accountIdsOf, type Settings } from '../../shared/core/settings.ts';
import { counted } from '../../shared/counted.ts';
import { colors } from '../colors.ts';
import { type CommandDefinition, examples } from '../command-definition.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { unlessInterrupted } from '../interruption.ts';
import { openRuntime } from '../open-runtime.ts';
import type { CommandRuntime } from '../runtime.ts';
import { parseSweepAnswer, sweepText } from '../sweep-text.ts';
import type { Terminal } from '../terminal.ts';

export const adoptCommand: CommandDefinition = (program, start) => {
  program
    .command('adopt')
    .description(
      'decide whether AWS roles that people bound on a resource, before rolebridge used it, keep their access',
    )
    .option('--resource <name>', 'required: the resource, such as buckets/acme-in')
    .option('--keep', 'keep these bindings and stop listing them')
    .option('--remove', 'let the sweep remove the bindings of roles that have no tag for this access')
    .option('--google-role <name>', 'only bindings of this Google role')
    .option('--role <name>', 'only the binding of this AWS role')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText(
      'after',
      examples(
        'rolebridge adopt --resource buckets/acme-in --keep',
        'rolebridge adopt --resource buckets/acme-in --remove --role app-old',
      ),
    )
    .action(start(adopt));
};

interface AdoptOptions {
  readonly resource?: string;
  readonly keep?: boolean;
  readonly remove?: boolean;
  readonly googleRole?: string;
  readonly role?: string;
  readonly yes?: boolean;
}

const adopt = async (terminal: Terminal, options: AdoptOptions): Promise<ExitCode> => {
  const asked = adoptionOf(options);
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const { adoption, listed } = await terminal.progress('Reading the ledger', () =>
    readListed(runtime, settings, asked, options.role),
  );
  const { members } = listed;
  if (members.length === 0) {
    terminal.show(
      { ...adoption, members, isAnswered: false },
      () => `No member of ${adoption.resource} waits for an answer.`,
    );
    return exitCodes.done;
  }
  terminal.say(listText(adoption, members));
  if (options.yes !== true && !(await terminal.confirm(question(adoption, members.length)))) {
    terminal.show({ ...adoption, members, isAnswered: false }, () => 'Nothing was changed.');
    return exitCodes.failed;
  }
  const answer = parseSweepAnswer(
    await terminal.progress('Sweeping', () =>
      unlessInterrupted(terminal.signal, 'The sweep may have started, and then follows your answer.', () =>
        runtime.stack(settings).sweep({ kind: 'adopt', adoption, listed: listed.hash }),
      ),
    ),
  );
  terminal.show({ ...adoption, members, isAnswered: true, sweep: answer }, () =>
    [colors.green('Your answer is recorded, with your name.'), sweepText(terminal.stage, answer)].join('\n'),
  );
  const isHeld = answer.limits.some(({ kind }) => kind !== 'released');
  return adoption.verdict === 'remove' && isHeld ? exitCodes.difference : exitCodes.done;
};

/** Without the role: only the ledger shows which account's role a name means. */
const adoptionOf = ({ resource, keep, remove, googleRole }: AdoptOptions): Adoption => {
  if (resource === undefined || (keep === true) === (remove === true))
    throw new PermanentError('Pass --resource NAME, and exactly one of --keep and --remove.');
  if (resourceKindOf(resource) === undefined)
    throw new PermanentError(`--resource: ${notAResource(resource)}`);
  if (googleRole !== undefined && !isGoogleRole(googleRole))
    throw new PermanentError(`--google-role: ${notAGoogleRole(googleRole)}`);
  return {
    verdict: keep === true ? 'keep' : 'remove',
    resource,
    ...(googleRole === undefined ? {} : { googleRole }),
  };
};

const readListed = async (
  runtime: CommandRuntime,
  settings: Settings,
  asked: Adoption,
  role: string | undefined,
): Promise<{ readonly adoption: Adoption; readonly listed: ListedMembers }> => {
  const named = role === undefined ? undefined : parseNamedRole(role, settings);
  await runtime.signIn(settings);
  const { view, blindSpots } = await loadScope(settings, runtime.survey(settings));
  if (view === undefined) throw new PermanentError(blindSpots.map(({ reason }) => reason).join(' '));
  if (named === undefined) return { adoption: asked, listed: listMembers(settings, view, asked) };
  const refs = inheritedRoles(settings, view, asked.resource);
  assertUnambiguous(named, refs);
  const ref = refs.find((one) => isNamedRole(one, named));
  if (ref === undefined && refs.length > 0)
    throw new PermanentError(
      `No inherited member of ${asked.resource} is of role ${roleLabel(accountIdsOf(settings), named)}. There are members of ` +
        `${counted(refs.length, 'role')}.${suggestionOf(
          named.roleName,
          refs.map(({ roleName }) => roleName),
        )}`,
    );
  const adoption = ref === undefined ? asked : { ...asked, role: roleKey(ref) };
  return { adoption, listed: listMembers(settings, view, adoption) };
};

const listText = ({ verdict, resource }: Adoption, members: readonly InheritedMember[]): string =>
  [
    `These members of ${resource} were bound before rolebridge used it${verdict === 'remove' ? ', so it has kept them so far' : ''}:`,
    ...members.map(
      ({ role, googleRole, isKept }) =>
        `  ${roleText(role)}, ${googleRole}${isKept === true ? ' (kept by an earlier answer)' : ''}`,
    ),
  ].join('\n');

const question = ({ verdict }: Adoption, count: number): string =>
  verdict === 'keep'
    ? `Keep ${counted(count, 'member')}? rolebridge then leaves them alone.`
    : `Remove ${counted(count, 'member')}? Those whose roles have a tag for them stay. Sweeps remove the others, within the revocation limit.`;
