import { findRole } from '../../../shared/app/find-role.ts';
import { PermanentError, toFailure } from '../../../shared/core/errors.ts';
import { parseMoment, parseStart } from '../../../shared/core/moment.ts';
import {
  assertUnambiguous,
  isNamedRole,
  type NamedRole,
  noSuchRole,
  parseNamedRole,
  suggestionOf,
} from '../../../shared/core/role-argument.ts';
import { accountIdsOf, type Settings } from '../../../shared/core/settings.ts';
import type { HistoryEntry } from '../../../shared/history/entry.ts';
import { followHistory } from '../../../shared/history/follow.ts';
import { type History, type HistoryQuery, readHistory } from '../../../shared/history/history.ts';
import type { HistoryPorts } from '../../../shared/history/ports.ts';
import { colors } from '../../colors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { entryCsv, historyCsv } from './csv.ts';
import { entryLine, historyNotes, historyText } from './text.ts';

export interface HistoryOptions {
  readonly role?: readonly string[];
  readonly since: string;
  readonly until?: string;
  readonly follow?: boolean;
  readonly output?: 'table' | 'json' | 'csv';
}

/** Shows what the functions did in a period, from their logs, and what stands now, from the ledger. */
export const history = async (terminal: Terminal, options: HistoryOptions): Promise<ExitCode> => {
  const { role = [], follow = false, output = 'table' } = options;
  if (terminal.isJson && output === 'csv')
    throw new PermanentError('--json and --output csv cannot be combined.');
  if (follow && options.until !== undefined)
    throw new PermanentError('--follow has no end, so it cannot be combined with --until.');
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const roles = role.map((one) => parseNamedRole(one, settings));
  const ports = runtime.history(settings);
  const readAt = ports.clock.now();
  const query = { names: runtime.names, roles, ...periodOf(options, readAt) };
  const found = await terminal.progress('Reading the logs and the ledger', async () => {
    await runtime.assertAccount(settings);
    return withUnknownRoles(settings, ports, roles, await readHistory(ports, query));
  });
  const shown = { accountIds: accountIdsOf(settings), found, readAt, isCsv: output === 'csv' };
  if (follow) return following(terminal, ports, query, shown);
  show(terminal, { ...shown, query });
  return found.blindSpots.length === 0 ? exitCodes.done : exitCodes.failed;
};

const periodOf = (
  { since, until }: Pick<HistoryOptions, 'since' | 'until'>,
  now: Date,
): Pick<HistoryQuery, 'since' | 'until'> => {
  const from = parseStart('--since', since, now);
  if (until === undefined) return { since: from };
  const to = parseMoment('--until', until, now);
  if (to <= from)
    throw new PermanentError(
      `--until (${to.toISOString()}) must be later than --since (${from.toISOString()}).`,
    );
  return { since: from, until: to };
};

/**
 * A deleted role has a history, so only IAM can distinguish a wrong name from a quiet role.
 * @throws PermanentError if a named role has no history here and does not exist, or if several accounts have one of that name
 */
const withUnknownRoles = async (
  settings: Settings,
  ports: Pick<HistoryPorts, 'roles'>,
  named: readonly NamedRole[],
  found: History,
): Promise<History> => {
  for (const one of named) assertUnambiguous(one, found.seen);
  const blindSpots = [...found.blindSpots];
  for (const one of named.filter((role) => !found.seen.some((ref) => isNamedRole(ref, role))))
    try {
      const ref = await findRole(settings, ports.roles, one);
      const role = await ports.roles.read(ref);
      const names = found.seen.map(({ roleName }) => roleName);
      if (role.kind === 'absent') throw noSuchRole(ref, suggestionOf(ref.roleName, names));
    } catch (thrown) {
      // If the logs were not read, the role may have a history there.
      if (blindSpots.length === 0) throw thrown;
      blindSpots.push({ what: `role ${one.roleName}`, reason: toFailure(thrown).message });
    }
  return { ...found, blindSpots };
};

interface Shown {
  readonly accountIds: readonly string[];
  readonly found: History;
  readonly query: HistoryQuery;
  readonly readAt: Date;
  readonly isCsv: boolean;
}

const show = (terminal: Terminal, { accountIds, found, query, readAt, isCsv }: Shown): void => {
  const notes = historyNotes(found, query.since);
  if (isCsv) {
    for (const line of historyCsv(found.entries)) terminal.print(`${line}\r`);
    for (const note of notes) terminal.say(note);
    return;
  }
  const { entries, standing, logs, blindSpots } = found;
  const period = { since: query.since.toISOString(), until: (query.until ?? readAt).toISOString() };
  terminal.show({ ...period, entries, standing, logs, blindSpots }, () =>
    [historyText(accountIds, found, terminal.width), ...notes].join('\n'),
  );
};

/** One line for each entry, so that another program can read them as they come. */
const following = async (
  terminal: Terminal,
  ports: HistoryPorts,
  query: HistoryQuery,
  { accountIds, found, readAt, isCsv }: Omit<Shown, 'query'>,
): Promise<never> => {
  const print = (entry: HistoryEntry): void => {
    if (terminal.isJson) terminal.print(JSON.stringify(entry));
    else terminal.print(isCsv ? `${entryCsv(entry)}\r` : entryLine(accountIds, entry));
  };
  if (isCsv) for (const line of historyCsv([])) terminal.print(`${line}\r`);
  for (const entry of found.entries) print(entry);
  for (const note of historyNotes(found, query.since)) terminal.say(note);
  if (!terminal.isJson && !isCsv) terminal.say(colors.dim('Waiting for new entries. Ctrl-C ends this.'));
  for await (const followed of followHistory(ports, query, { entries: found.entries, readAt }))
    if (followed.kind === 'entry') print(followed.entry);
    else terminal.say(colors.red(followed.message));
  throw new Error('history was followed to an end');
};
