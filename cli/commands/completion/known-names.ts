import { setTimeout } from 'node:timers/promises';
import { PermanentError } from '../../../shared/core/errors.ts';
import { keyName } from '../../../shared/core/role-key.ts';
import type { StoredItem } from '../../../shared/core/table-item.ts';
import { readTable } from '../../../shared/core/table-view.ts';
import type { Pages } from '../../../shared/ports.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';

export type NameList = 'roles' | 'grants';

export interface NameOptions {
  readonly role?: string;
  /** Seconds. */
  readonly within: string;
}

const maxNames = 500;

/**
 * Prints the names that the ledger has, for a completion script: roles, or the grants of one role. It reads as many pages
 * of the table as it can until the deadline. It is silent about failures, because its output is part of a command line.
 */
export const knownNames = async (
  terminal: Terminal,
  list: NameList,
  { role, within }: NameOptions,
): Promise<ExitCode> => {
  const deadlineMilliseconds = Number(within) * 1000;
  if (!(deadlineMilliseconds > 0 && deadlineMilliseconds <= 600_000))
    throw new PermanentError(`--within must be a number of seconds up to 600, not "${within}".`);
  const deadline = AbortSignal.timeout(deadlineMilliseconds);
  const items: StoredItem[] = [];
  const isComplete = await Promise.race([
    collect({ ...terminal, signal: AbortSignal.any([terminal.signal, deadline]) }, items).then(
      () => true,
      () => false,
    ),
    // Not every step ends with the signal, such as a credential process of the AWS configuration.
    setTimeout(deadlineMilliseconds, false),
  ]);
  const names = namesIn(items, list, role);
  terminal.show({ names, isComplete }, () => names.join('\n'), 'file');
  // The shell waits for the end of this process, and something may still be under way.
  process.stdout.write('', () => process.exit(exitCodes.done));
  return exitCodes.done;
};

const collect = async (terminal: Terminal, items: StoredItem[]): Promise<void> => {
  const { createCommandRuntime } = await import('../../runtime.ts');
  const pages: Pages<StoredItem> = createCommandRuntime(terminal).table().scan();
  for await (const page of pages) items.push(...page);
};

const namesIn = (
  items: readonly StoredItem[],
  list: NameList,
  role: string | undefined,
): readonly string[] => {
  const held = [...readTable(items).ledgers.values()].filter(({ entries }) => entries.length > 0);
  // Also of an ARN.
  const key = keyName(role?.split('/').at(-1) ?? '');
  const names =
    list === 'roles'
      ? held.map((item) => item.role.roleName)
      : held
          .filter((item) => keyName(item.role.roleName) === key)
          .flatMap(({ entries }) => entries.flatMap(({ grants }) => grants));
  return [...new Set(names)].filter(isInert).toSorted().slice(0, maxNames);
};

/** A shell reads it as one plain word: zsh would replace `=ls` by a path, and a command would take `-x` for an option. */
const isInert = (name: string): boolean => /^[\w+.,@][\w+=,.@-]*$/.test(name);
